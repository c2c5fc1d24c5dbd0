package regulation

var aiActAnnexXI1 = Set{
	ID: "annex_xi.1", Act: AIAct, Ref: "Annex XI, Section 1", Title: "Technical documentation of a general-purpose model (Art. 53(1)(a))",
	Reader: "the AI Office and national authorities, on request", Dates: gpaiDates, decide: asksGPAINotExempt,
	Items: []Item{
		{
			ID: "annex_xi.1.1a", Ref: "Annex XI, Section 1, point 1(a)", Title: "Tasks and systems",
			Asks:  "The tasks that the model is meant to perform, and the type and nature of AI systems into which it can be integrated.",
			Parts: []Part{tasksPart, integrationPart},
		},
		{
			ID: "annex_xi.1.1b", Ref: "Annex XI, Section 1, point 1(b)", Title: "Acceptable use",
			Asks:  "The acceptable use policies.",
			Parts: []Part{policyPart},
		},
		{
			ID: "annex_xi.1.1c", Ref: "Annex XI, Section 1, point 1(c)", Title: "Release and distribution",
			Asks:  "The date of release and the methods of distribution.",
			Parts: []Part{releasePart, distributionPart},
		},
		{
			ID: "annex_xi.1.1d", Ref: "Annex XI, Section 1, point 1(d)", Title: "Architecture and parameters",
			Asks:  "The architecture and the number of parameters.",
			Parts: []Part{architecturePart, parametersPart},
		},
		{
			ID: "annex_xi.1.1e", Ref: "Annex XI, Section 1, point 1(e)", Title: "Inputs and outputs",
			Asks:  "The modality (such as text or image) and format of inputs and outputs.",
			Parts: []Part{inputsPart, outputsPart},
		},
		{
			ID: "annex_xi.1.1f", Ref: "Annex XI, Section 1, point 1(f)", Title: "Licence",
			Asks:  "The licence.",
			Parts: []Part{licencePart},
		},
		{
			ID: "annex_xi.1.2a", Ref: "Annex XI, Section 1, point 2(a)", Title: "Means of integration",
			Asks:  "The technical means (such as instructions for use, infrastructure, tools) that are needed to integrate the model into AI systems.",
			Parts: []Part{meansPart},
		},
		{
			ID: "annex_xi.1.2b", Ref: "Annex XI, Section 1, point 2(b)", Title: "Design and training process",
			Asks: "The design specifications of the model and of the training process: training methods and techniques, key design choices with their rationale and assumptions, what the model is designed to optimise for, and the relevance of the parameters.",
			Parts: []Part{
				trainingPart,
				part("the design choices, their rationale and assumptions"),
				part("what it is designed to optimise for", "/technical/architecture"),
			},
		},
		{
			ID: "annex_xi.1.2c", Ref: "Annex XI, Section 1, point 2(c)", Title: "Data",
			Asks: "The data used for training, testing and validation: type and provenance, curation such as cleaning and filtering, the number of data points, their scope and main characteristics; how the data was obtained and selected; and the measures to detect unsuitable sources and identifiable biases.",
			Parts: []Part{
				dataPart, curationPart,
				part("how the data was obtained and selected, and the number of data points"),
				part("the measures to detect unsuitable sources and biases"),
			},
		},
		{
			ID: "annex_xi.1.2d", Ref: "Annex XI, Section 1, point 2(d)", Title: "Compute",
			Asks: "The computational resources used to train the model (such as the number of floating point operations), the training time, and other relevant details of the training.",
			Parts: []Part{
				part("the floating point operations", "/technical/training_flops"),
				part("the training time", "/environment/hours_used", "/training/speeds_sizes_times"),
			},
		},
		{
			ID: "annex_xi.1.2e", Ref: "Annex XI, Section 1, point 2(e)", Title: "Energy",
			Asks:  "The known or estimated energy consumption of the model; where it is unknown, it may be estimated from the computational resources used.",
			Parts: []Part{part("the energy in kWh", "/environment/energy")},
		},
	},
}

var aiActAnnexXI2 = Set{
	ID: "annex_xi.2", Act: AIAct, Ref: "Annex XI, Section 2", Title: "Additional documentation of a model with systemic risk",
	Reader: "the AI Office and national authorities, on request", Dates: gpaiDates, decide: asksSystemicRisk,
	Items: []Item{
		{
			ID: "annex_xi.2.1", Ref: "Annex XI, Section 2, point 1", Title: "Evaluation",
			Asks: "The evaluation strategies and results on the basis of public protocols and tools or other methods, with criteria, metrics, and the method to find limitations.",
			Parts: []Part{
				resultsPart,
				part("the strategies and criteria", "/evaluation/overview", "/evaluation/protocol", "/evaluation/metrics_rationale"),
				part("the limitations", "/considerations/limitations"),
			},
		},
		{
			ID: "annex_xi.2.2", Ref: "Annex XI, Section 2, point 2", Title: "Adversarial testing",
			Asks:  "The measures of internal or external adversarial testing such as red teaming, and of adaptation, alignment and fine-tuning of the model.",
			Where: "where applicable",
		},
		{
			ID: "annex_xi.2.3", Ref: "Annex XI, Section 2, point 3", Title: "System architecture",
			Asks:  "How software components build on or feed into each other and integrate into the processing.",
			Where: "where applicable",
			Parts: []Part{part("the architecture", "/technical/overview", "/technical/architecture")},
		},
	},
}
