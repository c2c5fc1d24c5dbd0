package regulation

var craAnnexVII = Set{
	ID: "annex_vii", Act: CRA, Ref: "Annex VII", Title: "Technical documentation of a product with digital elements (Art. 31)",
	Reader: "market surveillance authorities and notified bodies", decide: asksManufacturer,
	Dates: []Date{
		{"2026-09-11", "reporting of exploited vulnerabilities and severe incidents (Art. 14)", "Art. 71(2)"},
		{"2027-12-11", "technical documentation and the other duties", "Art. 71(2)"},
	},
	Items: []Item{
		{
			ID: "annex_vii.1a", Ref: "Annex VII, point 1(a)", Title: "Intended purpose",
			Asks:  "The intended purpose of the product.",
			Parts: []Part{purposePart},
		},
		{
			ID: "annex_vii.1b", Ref: "Annex VII, point 1(b)", Title: "Software versions",
			Asks:  "The versions of software that bear on the essential cybersecurity requirements.",
			Parts: []Part{versionPart, optional(softwarePart)},
		},
		{
			ID: "annex_vii.1c", Ref: "Annex VII, point 1(c)", Title: "Pictures of the product",
			Asks:  "Photographs or illustrations of external features, marking and internal layout.",
			Where: "where the product is hardware",
		},
		{
			ID: "annex_vii.1d", Ref: "Annex VII, point 1(d)", Title: "Information for users (Annex II)",
			Asks: "The information and instructions of Annex II: manufacturer and contact, the point of contact for vulnerabilities, identification of the product, purpose and security properties, circumstances and misuse that may lead to cybersecurity risks, the address of the declaration of conformity where applicable, the kind of support and the end of the support period, and instructions for secure use, updates and decommissioning.",
			Parts: []Part{
				part("the manufacturer", "/compliance/eu_cra/manufacturer/name"),
				part("the manufacturer's contact", "/compliance/eu_cra/manufacturer/contact"),
				part("the point of contact for vulnerabilities", "/compliance/eu_cra/vulnerability_contact"),
				part("the identification of the product", "/model/id", "/model/name"),
				purposePart,
				part("the security properties"),
				misusePart,
				part("the end of the support period", "/compliance/eu_cra/support_end"),
				instructionsPart,
				optional(part("where the software bill of materials is", "/compliance/eu_cra/sbom")),
			},
		},
		{
			ID: "annex_vii.2a", Ref: "Annex VII, point 2(a)", Title: "Design and architecture",
			Asks:  "Design and development, with drawings and schemes where applicable, and the system architecture: how software components build on or feed into each other and integrate into the processing.",
			Parts: []Part{architecturePart},
		},
		{
			ID: "annex_vii.2b", Ref: "Annex VII, point 2(b)", Title: "Handling of vulnerabilities",
			Asks: "The processes for vulnerabilities: the software bill of materials, the policy on coordinated disclosure, evidence of a contact address for reports, and the technical solutions for the secure distribution of updates.",
			See:  "Annex I, Part II",
			Parts: []Part{
				part("the software bill of materials", "/compliance/eu_cra/sbom"),
				part("the contact address for reports", "/compliance/eu_cra/vulnerability_contact"),
				part("the policy on coordinated vulnerability disclosure"),
				part("the secure distribution of updates"),
			},
		},
		{
			ID: "annex_vii.2c", Ref: "Annex VII, point 2(c)", Title: "Production and monitoring",
			Asks: "The production and monitoring processes, and how they are validated.",
		},
		{
			ID: "annex_vii.3", Ref: "Annex VII, point 3", Title: "Cybersecurity risk assessment",
			Asks: "The assessment of the cybersecurity risks that the product is designed, developed, produced, delivered and maintained against (Art. 13), and how the requirements of Annex I, Part I, apply.",
			See:  "Art. 13(2) to (4), Annex I, Part I",
		},
		{
			ID: "annex_vii.4", Ref: "Annex VII, point 4", Title: "Support period",
			Asks: "What was taken into account to determine the support period under Art. 13(8).",
			See:  "Art. 13(8)",
			Parts: []Part{
				part("the end of the support period", "/compliance/eu_cra/support_end"),
				part("what was taken into account to determine it"),
			},
		},
		{
			ID: "annex_vii.5", Ref: "Annex VII, point 5", Title: "Standards",
			Asks: "The harmonised standards, common specifications (Art. 27) and European cybersecurity certification schemes applied in full or in part; where none is, the solutions adopted to meet Annex I, Parts I and II, and other technical specifications applied.",
			See:  "Art. 27",
		},
		{
			ID: "annex_vii.6", Ref: "Annex VII, point 6", Title: "Test reports",
			Asks: "The reports of the tests that verify the product and the handling of vulnerabilities against Annex I, Parts I and II.",
		},
		{
			ID: "annex_vii.7", Ref: "Annex VII, point 7", Title: "EU declaration of conformity",
			Asks: "A copy of the EU declaration of conformity, or where it is.",
			See:  "Art. 28, Annex V",
		},
		{
			ID: "annex_vii.8", Ref: "Annex VII, point 8", Title: "Software bill of materials",
			Asks:  "The software bill of materials.",
			Where: "where applicable, on a reasoned request of a market surveillance authority",
			Parts: []Part{part("the software bill of materials", "/compliance/eu_cra/sbom")},
		},
	},
}
