package card

// Compliance holds what regulation asks about the model.
type Compliance struct {
	// Regulation (EU) 2024/1689, the AI Act.
	EUAIAct *EUAIAct `json:"eu_ai_act,omitempty"`
	// Regulation (EU) 2024/2847, the Cyber Resilience Act.
	EUCRA *EUCRA `json:"eu_cra,omitempty"`
	// Regulation (EU) 2016/679, the General Data Protection Regulation.
	GDPR *GDPR `json:"gdpr,omitempty"`
}

// EUAIAct holds the scope under the AI Act and the answers to its annexes.
type EUAIAct struct {
	// Role of the organisation: provider, deployer, importer, distributor or authorised representative.
	Role string `json:"role,omitempty" schema:"enum=provider|deployer|importer|distributor|authorised-representative"`
	// Risk class of the system.
	RiskClass string `json:"risk_class,omitempty" schema:"enum=prohibited|high|limited|minimal"`
	// Whether the model is a general-purpose AI model (Art. 3(63)).
	GPAI *bool `json:"gpai,omitempty"`
	// Whether the general-purpose model has systemic risk (Art. 51).
	SystemicRisk *bool `json:"systemic_risk,omitempty"`
	// Whether the model is released under a free and open-source licence (Art. 53(2)).
	OpenSource *bool `json:"open_source,omitempty"`
	// Area of Annex III that makes the system high-risk.
	AnnexIIICategory string `json:"annex_iii_category,omitempty" schema:"line"`
	// Provider's name and address.
	Provider *Party `json:"provider,omitempty"`
	// Authorised representative in the Union (Art. 22, 54).
	Representative *Party `json:"representative,omitempty"`
	// Identifier in the EU database (Art. 49, 71).
	DatabaseID string `json:"database_id,omitempty" schema:"line"`
	// Answers by item, such as annex_iv.1a, annex_iv.2e, annex_xi.1.1a or art_13.3d.
	Answers *Map `json:"answers,omitempty"`
}

// EUCRA holds the scope under the Cyber Resilience Act and the answers to its Annex VII.
type EUCRA struct {
	// Role of the organisation: manufacturer, importer, distributor or open-source steward.
	Role string `json:"role,omitempty" schema:"enum=manufacturer|importer|distributor|open-source-steward"`
	// Class of the product: default, important-i, important-ii or critical.
	ProductClass string `json:"product_class,omitempty" schema:"enum=default|important-i|important-ii|critical"`
	// Manufacturer's name and contact.
	Manufacturer *Party `json:"manufacturer,omitempty"`
	// Where to report vulnerabilities.
	VulnerabilityContact string `json:"vulnerability_contact,omitempty" schema:"line"`
	// End of the support period (Art. 13(8)), best as ISO 8601.
	SupportEnd string `json:"support_end,omitempty" schema:"line"`
	// Where the software bill of materials is.
	SBOM string `json:"sbom,omitempty" schema:"line"`
	// Answers by item, such as annex_vii.1a or annex_vii.2b.
	Answers *Map `json:"answers,omitempty"`
}

// GDPR holds what a card says about personal data.
type GDPR struct {
	// Whether personal data was used in training or is processed in use.
	PersonalData *bool `json:"personal_data,omitempty"`
	// Controller (Art. 4(7)).
	Controller *Party `json:"controller,omitempty"`
	// Legal basis (Art. 6).
	LegalBasis string `json:"legal_basis,omitempty" schema:"text"`
	// Special categories of data and the condition for them (Art. 9).
	SpecialCategories string `json:"special_categories,omitempty" schema:"text"`
	// How long the data is kept (Art. 5(1)(e)).
	Retention string `json:"retention,omitempty" schema:"text"`
	// Reference to the data protection impact assessment (Art. 35).
	DPIA string `json:"dpia,omitempty" schema:"text"`
	// Answers by article, such as art_5.1b or art_35.7a.
	Answers *Map `json:"answers,omitempty"`
}
