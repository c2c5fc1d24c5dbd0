package regulation

var aiActSets = []Set{aiActClassification, aiActAnnexIV, aiActArticle13, aiActDeployer, aiActAnnexXI1, aiActAnnexXI2, aiActAnnexXII, aiActArticle53, aiActArticle54, aiActArticle50}

const omnibus = ", moved by the Digital Omnibus, which the Council adopted on 29 June 2026"

var (
	highRiskDates = []Date{
		{"2027-12-02", "high-risk systems of Annex III", "Art. 113" + omnibus},
		{"2028-08-02", "high-risk systems in products of Annex I", "Art. 113" + omnibus},
	}
	gpaiDates         = []Date{{"2025-08-02", "general-purpose AI models", "Art. 113, point (b)"}}
	transparencyDates = []Date{
		{"2026-08-02", "transparency", "Art. 113"},
		{"2026-12-02", "marking under Art. 50(2), the end of its period of grace", "Art. 113" + omnibus},
	}
)

var aiActClassification = Set{
	ID: "high_risk", Act: AIAct, Ref: "Art. 6, 22 and 49", Title: "Classification and registration",
	Reader: "authorities", Dates: highRiskDates, decide: asksHighRiskProvider,
	Items: []Item{
		{
			ID: "art_6.2", Ref: "Art. 6(2), Annex III", Title: "Area of high risk",
			Asks:  "The area of Annex III that the system is used in.",
			Where: "where the system is high-risk by Annex III and not as a product of Annex I",
			Parts: []Part{part("the area", "/compliance/eu_ai_act/annex_iii_category")},
		},
		{
			ID: "art_22.1", Ref: "Art. 22(1)", Title: "Authorised representative",
			Asks:  "Who represents the provider in the Union, by written mandate.",
			Where: "where the provider is established outside the Union",
			Parts: []Part{part("the representative", "/compliance/eu_ai_act/representative")},
		},
		{
			ID: "art_49.1", Ref: "Art. 49(1), Art. 71", Title: "Registration",
			Asks:  "The registration of the provider and the system in the EU database, with the information of Annex VIII.",
			Where: "where the system is high-risk by Annex III",
			Parts: []Part{part("the identifier in the EU database", "/compliance/eu_ai_act/database_id")},
		},
	},
}

var aiActDeployer = Set{
	ID: "deployer", Act: AIAct, Ref: "Art. 26 and 27", Title: "What a deployer of a high-risk system documents",
	Reader: "authorities", Dates: highRiskDates, decide: asksDeployer,
	Items: []Item{
		{
			ID: "art_26", Ref: "Art. 26", Title: "Use, oversight and logs",
			Asks: "How the system is used by its instructions: who oversees it and with which competence, how input data is kept relevant, how operation is monitored, how long logs are kept (six months at least), and how the persons concerned are told.",
		},
		{
			ID: "art_27.1", Ref: "Art. 27(1)", Title: "Fundamental rights impact assessment",
			Asks:  "The assessment made before first use: processes, period and frequency of use, groups affected, risks of harm, human oversight, and what is done when a risk comes true.",
			Where: "where the deployer is a public body, provides public services, or uses a system of Annex III, point 5(b) or (c)",
		},
	},
}

var aiActArticle53 = Set{
	ID: "art_53", Act: AIAct, Ref: "Art. 53(1), points (c) and (d)", Title: "Copyright policy and summary of the training content",
	Reader: "the AI Office and the public", Dates: gpaiDates, decide: asksGPAI,
	Items: []Item{
		{
			ID: "art_53.1c", Ref: "Art. 53(1)(c)", Title: "Copyright policy",
			Asks: "The policy to respect Union law on copyright, and in particular to find and follow reservations of rights under Art. 4(3) of Directive (EU) 2019/790.",
		},
		{
			ID: "art_53.1d", Ref: "Art. 53(1)(d)", Title: "Summary of the training content",
			Asks: "The public summary of the content used for training, by the template of the AI Office, or where it is published.",
		},
	},
}

var aiActArticle54 = Set{
	ID: "art_54", Act: AIAct, Ref: "Art. 54", Title: "Authorised representative for general-purpose models",
	Reader: "the AI Office", Dates: gpaiDates, decide: asksGPAINotExempt,
	Items: []Item{{
		ID: "art_54.1", Ref: "Art. 54(1)", Title: "Authorised representative",
		Asks:  "Who represents the provider of the model in the Union, by written mandate.",
		Where: "where the provider is established outside the Union",
		Parts: []Part{part("the representative", "/compliance/eu_ai_act/representative")},
	}},
}

var aiActArticle50 = Set{
	ID: "art_50", Act: AIAct, Ref: "Art. 50", Title: "Transparency towards people",
	Reader: "the people concerned", Dates: transparencyDates, decide: asksTransparency,
	Items: []Item{
		{
			ID: "art_50.1", Ref: "Art. 50(1)", Title: "Telling people that it is AI",
			Asks:  "How people are told that they deal with an AI system, unless that is obvious.",
			Where: "where the system is meant to interact directly with natural persons",
		},
		{
			ID: "art_50.2", Ref: "Art. 50(2)", Title: "Marking what is generated",
			Asks:  "How outputs are marked in a machine-readable way as artificially generated or manipulated, and how effective, interoperable, robust and reliable the marking is.",
			Where: "where the system generates audio, images, video or text",
		},
	},
}
