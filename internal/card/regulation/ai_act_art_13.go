package regulation

var aiActArticle13 = Set{
	ID: "art_13", Act: AIAct, Ref: "Art. 13(3)", Title: "Instructions for use of a high-risk system",
	Reader: "deployers", Dates: highRiskDates, decide: asksHighRiskProvider,
	Items: []Item{
		{
			ID: "art_13.3a", Ref: "Art. 13(3)(a)", Title: "Provider and contact",
			Asks: "The identity and contact details of the provider, and of its authorised representative where there is one.",
			Parts: []Part{
				part("the provider", "/compliance/eu_ai_act/provider/name"),
				part("the contact details", "/compliance/eu_ai_act/provider/contact"),
				optional(part("the authorised representative", "/compliance/eu_ai_act/representative")),
			},
		},
		{
			ID: "art_13.3b.i", Ref: "Art. 13(3)(b)(i)", Title: "Intended purpose",
			Asks:  "The intended purpose.",
			Parts: []Part{purposePart},
		},
		{
			ID: "art_13.3b.ii", Ref: "Art. 13(3)(b)(ii)", Title: "Accuracy, robustness and cybersecurity",
			Asks: "The level of accuracy with its metrics, of robustness and of cybersecurity (Art. 15) that the system was tested for and that can be expected, and known and foreseeable circumstances that may change it.",
			See:  "Art. 15",
			Parts: []Part{
				part("the accuracy with its metrics", resultsPart.Fields...),
				part("the level of robustness and cybersecurity"),
				part("circumstances that may change it", "/evaluation/factors", "/considerations/limitations"),
			},
		},
		{
			ID: "art_13.3b.iii", Ref: "Art. 13(3)(b)(iii)", Title: "Circumstances that may lead to risks",
			Asks:  "Known or foreseeable circumstances of use for the intended purpose, or of reasonably foreseeable misuse, that may lead to risks to health, safety or fundamental rights.",
			See:   "Art. 9(2)",
			Parts: []Part{misusePart},
		},
		{
			ID: "art_13.3b.iv", Ref: "Art. 13(3)(b)(iv)", Title: "Explaining the output",
			Asks:  "The technical capabilities and characteristics that provide information to explain the output.",
			Where: "where applicable",
			Parts: []Part{part("what explains the output", "/evaluation/examination")},
		},
		{
			ID: "art_13.3b.v", Ref: "Art. 13(3)(b)(v)", Title: "Performance for persons and groups",
			Asks:  "The performance regarding the specific persons or groups on whom the system is to be used.",
			Where: "when appropriate",
			Parts: []Part{groupsPart},
		},
		{
			ID: "art_13.3b.vi", Ref: "Art. 13(3)(b)(vi)", Title: "Input data",
			Asks:  "Specifications for the input data, or other relevant information on the training, validation and testing data sets.",
			Where: "when appropriate",
			Parts: []Part{part("the input data, or the data sets", "/technical/inputs", "/training/data", "/training/datasets", "/evaluation/testing_data", "/evaluation/datasets")},
		},
		{
			ID: "art_13.3b.vii", Ref: "Art. 13(3)(b)(vii)", Title: "Interpreting the output",
			Asks:  "Information that enables deployers to interpret the output and use it appropriately.",
			Where: "where applicable",
			Parts: []Part{part("how to interpret the output", "/technical/outputs", "/considerations/recommendations")},
		},
		{
			ID: "art_13.3c", Ref: "Art. 13(3)(c)", Title: "Pre-determined changes",
			Asks:  "The changes to the system and its performance that the provider determined at the initial conformity assessment.",
			Where: "where there are any",
		},
		{
			ID: "art_13.3d", Ref: "Art. 13(3)(d)", Title: "Human oversight",
			Asks: "The human oversight measures of Art. 14, with the technical measures that help deployers to interpret the outputs.",
			See:  "Art. 14",
		},
		{
			ID: "art_13.3e", Ref: "Art. 13(3)(e)", Title: "Resources, lifetime and maintenance",
			Asks: "The computational and hardware resources needed, the expected lifetime, and any maintenance and care needed, with its frequency, software updates among it.",
			Parts: []Part{
				part("the resources needed", "/technical/hardware", "/technical/compute_infrastructure"),
				part("the expected lifetime, maintenance and care"),
			},
		},
		{
			ID: "art_13.3f", Ref: "Art. 13(3)(f)", Title: "Logs",
			Asks:  "The mechanisms by which deployers collect, store and interpret the logs.",
			Where: "where relevant",
			See:   "Art. 12",
		},
	},
}
