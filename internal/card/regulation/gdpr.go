package regulation

var gdprItems = Set{
	ID: "gdpr", Act: GDPR, Ref: "Art. 5 to 49", Title: "What a card says about personal data",
	Reader: "data subjects and supervisory authorities", decide: asksPersonalData,
	Dates: []Date{{"2018-05-25", "all of it", "Art. 99(2)"}},
	Items: []Item{
		{ID: "art_5.1b", Ref: "Art. 5(1)(b)", Title: "Purpose limitation", Asks: "The purposes for which personal data is processed, in training and in use.", Parts: []Part{purposePart}},
		{ID: "art_5.1c", Ref: "Art. 5(1)(c)", Title: "Data minimisation", Asks: "How personal data is limited to what the purposes need.", Parts: []Part{curationPart}},
		{ID: "art_5.1d", Ref: "Art. 5(1)(d)", Title: "Accuracy", Asks: "How personal data is kept accurate, and what is inaccurate erased or rectified."},
		{ID: "art_5.1e", Ref: "Art. 5(1)(e)", Title: "Storage limitation", Asks: "How long personal data is kept.", Parts: []Part{retentionPart}},
		{ID: "art_6.1", Ref: "Art. 6(1)", Title: "Legal basis", Asks: "The legal basis of the processing, of training data first.", Parts: []Part{part("the legal basis", "/compliance/gdpr/legal_basis")}},
		{ID: "art_9.2", Ref: "Art. 9(2)", Title: "Special categories", Asks: "The special categories of data processed and the condition that allows it.", Where: "where such data is processed", Parts: []Part{part("the categories and the condition", "/compliance/gdpr/special_categories")}},
		{ID: "art_13.2f", Ref: "Art. 13(2)(f), 14(2)(g)", Title: "Logic of automated decisions", Asks: "Meaningful information about the logic involved, and the significance and envisaged consequences for the data subject.", Where: "where there is automated decision-making under Art. 22"},
		{ID: "art_14.2f", Ref: "Art. 14(2)(f)", Title: "Source of the data", Asks: "The source of the personal data, and whether it was publicly accessible.", Where: "where it was not obtained from the data subject", Parts: []Part{part("the source", "/training/data", "/training/datasets")}},
		{ID: "art_15.1h", Ref: "Art. 15(1)(h)", Title: "Access to the logic", Asks: "How a data subject gets the information on automated decisions on request.", Where: "where there is automated decision-making under Art. 22"},
		{ID: "art_17", Ref: "Art. 17", Title: "Erasure", Asks: "How a data subject has training data erased, and what that means for the model."},
		{ID: "art_21", Ref: "Art. 21", Title: "Objection", Asks: "How a data subject objects to the processing.", Where: "where the processing rests on Art. 6(1)(e) or (f)"},
		{ID: "art_22", Ref: "Art. 22", Title: "Automated decisions", Asks: "The safeguards: human intervention, expressing one's view, contesting the decision.", Where: "where a decision rests solely on automated processing and has legal or similar effects"},
		{ID: "art_25", Ref: "Art. 25", Title: "Data protection by design", Asks: "The measures of data protection by design and by default."},
		{ID: "art_28", Ref: "Art. 28", Title: "Processors", Asks: "The processors and the contracts with them.", Where: "where there are any"},
		{ID: "art_30.1a", Ref: "Art. 30(1)(a)", Title: "Controller", Asks: "The name and contact details of the controller.", Parts: []Part{part("the name", "/compliance/gdpr/controller/name"), part("the contact details", "/compliance/gdpr/controller/contact")}},
		{ID: "art_30.1b", Ref: "Art. 30(1)(b)", Title: "Purposes in the record", Asks: "The purposes of the processing, as the record has them.", Parts: []Part{purposePart}},
		{ID: "art_30.1c", Ref: "Art. 30(1)(c)", Title: "Categories", Asks: "The categories of data subjects and of personal data."},
		{ID: "art_30.1d", Ref: "Art. 30(1)(d)", Title: "Recipients", Asks: "The categories of recipients."},
		{ID: "art_30.1e", Ref: "Art. 30(1)(e)", Title: "Transfers in the record", Asks: "The transfers to third countries, as the record has them.", Where: "where there are any"},
		{ID: "art_30.1f", Ref: "Art. 30(1)(f)", Title: "Time limits", Asks: "The envisaged time limits for erasure of the categories of data.", Where: "where possible", Parts: []Part{retentionPart}},
		{ID: "art_30.1g", Ref: "Art. 30(1)(g)", Title: "Security in the record", Asks: "A general description of the security measures, as the record has them.", Where: "where possible"},
		{ID: "art_32", Ref: "Art. 32", Title: "Security", Asks: "The technical and organisational measures of security, such as pseudonymisation, encryption, and tests against the extraction of training data."},
		{ID: "art_35.1", Ref: "Art. 35(1)", Title: "Impact assessment", Asks: "The data protection impact assessment, or where it is.", Where: "where a high risk to people is likely", Parts: []Part{part("the reference", "/compliance/gdpr/dpia")}},
		{ID: "art_35.7a", Ref: "Art. 35(7)(a)", Title: "Assessment: operations and purposes", Asks: "The envisaged processing operations and their purposes.", Where: assessed},
		{ID: "art_35.7b", Ref: "Art. 35(7)(b)", Title: "Assessment: necessity", Asks: "Whether the operations are necessary and proportionate.", Where: assessed},
		{ID: "art_35.7c", Ref: "Art. 35(7)(c)", Title: "Assessment: risks", Asks: "The risks to the rights and freedoms of data subjects.", Where: assessed},
		{ID: "art_35.7d", Ref: "Art. 35(7)(d)", Title: "Assessment: measures", Asks: "The measures against the risks.", Where: assessed},
		{ID: "art_44", Ref: "Art. 44 to 49", Title: "Transfers", Asks: "The transfers to third countries and what allows them.", Where: "where there are any"},
	},
}

const assessed = "where Art. 35(1) asks for an assessment"

var retentionPart = part("how long data is kept", "/compliance/gdpr/retention")
