package regulation

// Parts that several annexes ask for in nearly the same words.
var (
	purposePart      = part("the intended purpose", "/intended_use/overview", "/intended_use/direct_use", "/intended_use/use_cases")
	misusePart       = part("foreseeable misuse and what leads to risks", "/intended_use/out_of_scope_use", "/considerations/overview", "/considerations/ethical")
	versionPart      = part("the version", "/model/version")
	softwarePart     = part("the versions of software", "/technical/software")
	hardwarePart     = part("the hardware", "/technical/hardware")
	architecturePart = part("the architecture", "/technical/architecture", "/technical/overview", "/technical/architecture_family")
	parametersPart   = part("the number of parameters", "/technical/parameters")
	computePart      = part("the computational resources", "/technical/training_flops", "/technical/compute_infrastructure", "/environment/hardware_type", "/environment/hours_used")
	trainingPart     = part("the training methods and steps", "/training/overview", "/training/procedure", "/training/hyperparameters", "/training/regime")
	dataPart         = part("the data: kind, provenance and characteristics", "/training/data", "/training/datasets")
	curationPart     = part("how the data was prepared", "/training/preprocessing")
	testDataPart     = part("the test data", "/evaluation/testing_data", "/evaluation/datasets")
	resultsPart      = part("results with their metrics", "/evaluation/results", "/evaluation/results_text", "/evaluation/summary")
	groupsPart       = part("performance for specific persons or groups", "/evaluation/factors", "/considerations/fairness")
	limitsPart       = part("capabilities and limitations", "/considerations/limitations", "/considerations/overview")
	inputsPart       = part("modality and format of inputs", "/technical/inputs")
	outputsPart      = part("modality and format of outputs", "/technical/outputs")
	tasksPart        = part("the tasks", "/intended_use/overview", "/intended_use/direct_use", "/intended_use/use_cases", "/technical/task", "/model/pipeline_tag")
	integrationPart  = part("the systems it can be integrated into", "/intended_use/downstream_use")
	policyPart       = part("the acceptable use policies", "/intended_use/out_of_scope_use")
	releasePart      = part("the date of release", "/model/date")
	distributionPart = part("the methods of distribution", "/model/repository", "/model/path")
	licencePart      = part("the licence", "/model/license", "/model/license_name", "/model/license_link", "/model/license_text")
	instructionsPart = part("the instructions", "/intended_use/get_started", "/model/documentation")
	meansPart        = part("instructions, infrastructure and tools", "/intended_use/get_started", "/technical/software", "/technical/compute_infrastructure", "/model/library_name")
	changesPart      = part("the changes", "/model/changes")
)

// part is answered by any of the fields; without fields, by the item's key alone.
func part(name string, fields ...string) Part { return Part{Name: name, Fields: fields} }

// optional is a part that is shown where it is given, and never missed.
func optional(p Part) Part {
	p.Optional = true
	return p
}
