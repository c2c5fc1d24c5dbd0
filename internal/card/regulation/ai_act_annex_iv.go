package regulation

var aiActAnnexIV = Set{
	ID: "annex_iv", Act: AIAct, Ref: "Annex IV", Title: "Technical documentation of a high-risk system (Art. 11(1))",
	Reader: "national authorities and notified bodies", Dates: highRiskDates, decide: asksHighRiskProvider,
	Items: []Item{
		{
			ID: "annex_iv.1a", Ref: "Annex IV, point 1(a)", Title: "Purpose, provider and version",
			Asks:  "The intended purpose, the name of the provider, and the version of the system with its relation to previous versions.",
			Parts: []Part{purposePart, part("the name of the provider", "/compliance/eu_ai_act/provider/name", "/model/developers"), versionPart, part("the relation to previous versions", "/model/changes")},
		},
		{
			ID: "annex_iv.1b", Ref: "Annex IV, point 1(b)", Title: "Interaction with what is not part of it",
			Asks:  "How the system interacts, or can be used to interact, with hardware, software and other AI systems that are no part of it.",
			Where: "where applicable",
		},
		{
			ID: "annex_iv.1c", Ref: "Annex IV, point 1(c)", Title: "Software and firmware versions",
			Asks:  "The versions of relevant software or firmware, and any requirement related to updates of them.",
			Parts: []Part{softwarePart},
		},
		{
			ID: "annex_iv.1d", Ref: "Annex IV, point 1(d)", Title: "Forms on the market",
			Asks:  "All forms in which the system is placed on the market or put into service: embedded in hardware, as a package, a download, an API.",
			Parts: []Part{part("the forms", "/model/repository", "/model/path")},
		},
		{
			ID: "annex_iv.1e", Ref: "Annex IV, point 1(e)", Title: "Hardware",
			Asks:  "The hardware on which the system is meant to run.",
			Parts: []Part{hardwarePart},
		},
		{
			ID: "annex_iv.1f", Ref: "Annex IV, point 1(f)", Title: "Pictures of the product",
			Asks:  "Photographs or illustrations of the external features, marking and internal layout of the products.",
			Where: "where the system is a component of products",
		},
		{
			ID: "annex_iv.1g", Ref: "Annex IV, point 1(g)", Title: "User interface",
			Asks: "A basic description of the user interface that the deployer gets.",
		},
		{
			ID: "annex_iv.1h", Ref: "Annex IV, point 1(h)", Title: "Instructions for use",
			Asks:  "The instructions for use for the deployer, and a basic description of the user interface where applicable.",
			See:   "Art. 13(3)",
			Parts: []Part{instructionsPart},
		},
		{
			ID: "annex_iv.2a", Ref: "Annex IV, point 2(a)", Title: "Methods and steps of development",
			Asks:  "The methods and steps of development, and where relevant which pre-trained systems or tools of third parties were used, and how they were used, integrated or modified.",
			Parts: []Part{trainingPart, optional(part("the pre-trained systems used", "/model/base_model", "/model/base_model_relation"))},
		},
		{
			ID: "annex_iv.2b", Ref: "Annex IV, point 2(b)", Title: "Design specifications",
			Asks: "The general logic of the system and its algorithms; key design choices with their rationale and assumptions, also about the persons or groups it is to be used on; the main classification choices; what it is designed to optimise for and the relevance of the parameters; the expected output and its quality; and any trade-off made to meet the requirements of Chapter III, Section 2.",
			Parts: []Part{
				part("the general logic and algorithms", "/technical/architecture", "/technical/overview", "/model/description"),
				part("the design choices, their rationale and assumptions"),
				part("the expected output", "/technical/outputs"),
				part("the trade-offs", "/considerations/tradeoffs"),
			},
		},
		{
			ID: "annex_iv.2c", Ref: "Annex IV, point 2(c)", Title: "System architecture and compute",
			Asks:  "How software components build on or feed into each other and integrate into the processing; and the computational resources used to develop, train, test and validate the system.",
			Parts: []Part{architecturePart, computePart},
		},
		{
			ID: "annex_iv.2d", Ref: "Annex IV, point 2(d)", Title: "Data requirements",
			Asks:  "Where relevant, datasheets: training methods and techniques, the data sets used with their provenance, scope and main characteristics, how data was obtained and selected, labelling, and cleaning such as the detection of outliers.",
			See:   "Art. 10(2)(b), (f), (g), (h) and 10(3)",
			Parts: []Part{trainingPart, dataPart, curationPart},
		},
		{
			ID: "annex_iv.2e", Ref: "Annex IV, point 2(e)", Title: "Human oversight",
			Asks: "The assessment of the human oversight measures needed under Art. 14, with the technical measures that help deployers to interpret the outputs (Art. 13(3)(d)).",
			See:  "Art. 14(4)",
		},
		{
			ID: "annex_iv.2f", Ref: "Annex IV, point 2(f)", Title: "Pre-determined changes",
			Asks:  "The pre-determined changes to the system and its performance, and the technical solutions that keep it in line with the requirements of Chapter III, Section 2.",
			Where: "where changes are pre-determined",
		},
		{
			ID: "annex_iv.2g", Ref: "Annex IV, point 2(g)", Title: "Validation and testing",
			Asks: "The validation and testing procedures: the data used and its main characteristics; the metrics for accuracy, robustness and other requirements of Chapter III, Section 2, and for potentially discriminatory impacts; test logs; and all test reports, dated and signed by the persons responsible.",
			See:  "Art. 15(1), (3), (4)",
			Parts: []Part{
				testDataPart,
				part("the procedures", "/evaluation/protocol", "/evaluation/overview", "/evaluation/metrics_rationale"),
				resultsPart,
				part("potentially discriminatory impacts", "/considerations/fairness", "/evaluation/factors"),
				part("test logs and test reports, dated and signed"),
			},
		},
		{
			ID: "annex_iv.2h", Ref: "Annex IV, point 2(h)", Title: "Cybersecurity",
			Asks: "The cybersecurity measures put in place.",
			See:  "Art. 15(5)",
		},
		{
			ID: "annex_iv.3", Ref: "Annex IV, point 3", Title: "Monitoring, functioning and control",
			Asks: "Capabilities and limitations in performance, with the accuracy for specific persons or groups and the overall expected accuracy; foreseeable unintended outcomes and sources of risk to health, safety, fundamental rights and of discrimination; the human oversight measures; and specifications of input data, as appropriate.",
			See:  "Art. 9(2)(b), Art. 14",
			Parts: []Part{
				limitsPart, groupsPart,
				part("the overall expected accuracy", resultsPart.Fields...),
				part("unintended outcomes and sources of risk", misusePart.Fields...),
				part("the human oversight measures"),
				optional(part("the specifications of input data", inputsPart.Fields...)),
			},
		},
		{
			ID: "annex_iv.4", Ref: "Annex IV, point 4", Title: "Appropriateness of the metrics",
			Asks:  "Why the performance metrics are appropriate for this system.",
			Parts: []Part{part("the rationale", "/evaluation/metrics_rationale")},
		},
		{
			ID: "annex_iv.5", Ref: "Annex IV, point 5", Title: "Risk management system",
			Asks: "A detailed description of the risk management system under Art. 9.",
			See:  "Art. 9",
		},
		{
			ID: "annex_iv.6", Ref: "Annex IV, point 6", Title: "Changes over the lifecycle",
			Asks:  "The relevant changes that the provider makes to the system through its lifecycle.",
			Parts: []Part{changesPart},
		},
		{
			ID: "annex_iv.7", Ref: "Annex IV, point 7", Title: "Standards",
			Asks: "The harmonised standards applied in full or in part, with their references in the Official Journal; where none is, the solutions adopted to meet the requirements of Chapter III, Section 2, and other standards and specifications applied.",
			See:  "Art. 40, 41",
		},
		{
			ID: "annex_iv.8", Ref: "Annex IV, point 8", Title: "EU declaration of conformity",
			Asks: "A copy of the EU declaration of conformity under Art. 47, or where it is.",
			See:  "Art. 47, Annex V",
		},
		{
			ID: "annex_iv.9", Ref: "Annex IV, point 9", Title: "Post-market monitoring",
			Asks: "The system to evaluate performance after placing on the market, with the post-market monitoring plan of Art. 72(3).",
			See:  "Art. 72",
		},
	},
}
