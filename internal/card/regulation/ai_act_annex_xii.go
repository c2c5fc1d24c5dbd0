package regulation

var aiActAnnexXII = Set{
	ID: "annex_xii", Act: AIAct, Ref: "Annex XII", Title: "Information for those who integrate a general-purpose model (Art. 53(1)(b))",
	Reader: "providers of AI systems that integrate the model", Dates: gpaiDates, decide: asksGPAINotExempt,
	Items: []Item{
		{
			ID: "annex_xii.1a", Ref: "Annex XII, point 1(a)", Title: "Tasks and systems",
			Asks:  "The tasks that the model is meant to perform, and the type and nature of AI systems into which it can be integrated.",
			Parts: []Part{tasksPart, integrationPart},
		},
		{
			ID: "annex_xii.1b", Ref: "Annex XII, point 1(b)", Title: "Acceptable use",
			Asks:  "The acceptable use policies.",
			Parts: []Part{policyPart},
		},
		{
			ID: "annex_xii.1c", Ref: "Annex XII, point 1(c)", Title: "Release and distribution",
			Asks:  "The date of release and the methods of distribution.",
			Parts: []Part{releasePart, distributionPart},
		},
		{
			ID: "annex_xii.1d", Ref: "Annex XII, point 1(d)", Title: "Interaction with what is not part of it",
			Asks:  "How the model interacts, or can be used to interact, with hardware or software that is no part of it.",
			Where: "where applicable",
		},
		{
			ID: "annex_xii.1e", Ref: "Annex XII, point 1(e)", Title: "Software versions",
			Asks:  "The versions of software that matter to the use of the model.",
			Where: "where applicable",
			Parts: []Part{softwarePart},
		},
		{
			ID: "annex_xii.1f", Ref: "Annex XII, point 1(f)", Title: "Architecture and parameters",
			Asks:  "The architecture and the number of parameters.",
			Parts: []Part{architecturePart, parametersPart},
		},
		{
			ID: "annex_xii.1g", Ref: "Annex XII, point 1(g)", Title: "Inputs and outputs",
			Asks:  "The modality (such as text or image) and format of inputs and outputs.",
			Parts: []Part{inputsPart, outputsPart},
		},
		{
			ID: "annex_xii.1h", Ref: "Annex XII, point 1(h)", Title: "Licence",
			Asks:  "The licence of the model.",
			Parts: []Part{licencePart},
		},
		{
			ID: "annex_xii.2a", Ref: "Annex XII, point 2(a)", Title: "Means of integration",
			Asks:  "The technical means (such as instructions for use, infrastructure, tools) that are needed to integrate the model into AI systems.",
			Parts: []Part{meansPart},
		},
		{
			ID: "annex_xii.2b", Ref: "Annex XII, point 2(b)", Title: "Inputs, outputs and their maximum size",
			Asks:  "The modality and format of inputs and outputs, and their maximum size, such as the length of the context window.",
			Parts: []Part{inputsPart, outputsPart, part("the maximum size", "/technical/context_length")},
		},
		{
			ID: "annex_xii.2c", Ref: "Annex XII, point 2(c)", Title: "Data",
			Asks:  "The data used for training, testing and validation: type, provenance and curation.",
			Where: "where applicable",
			Parts: []Part{dataPart, curationPart},
		},
	},
}
