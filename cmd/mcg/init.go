package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"os"
	"text/template"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check"
)

type initCommand struct {
	Template string `required:"" enum:"nlp,vision,llm,tabular,multimodal" help:"Kind of model: nlp, vision, llm, tabular or multimodal."`
	Output   string `short:"o" placeholder:"FILE" help:"File to write, which must not be there yet. Standard output if not given."`
}

// Run writes the card, and to standard error what it still lacks.
func (c *initCommand) Run(p *process) error {
	kind := initKinds[c.Template]
	kind.Kind, kind.File = c.Template, "card.yaml"
	toFile := !toStdout(c.Output)
	if toFile {
		kind.File = c.Output
		if _, err := os.Lstat(c.Output); err == nil {
			return fmt.Errorf("%s is there already", c.Output)
		}
	}
	body, err := kind.render()
	if err != nil {
		return err
	}
	if err := writeOutput(p, c.Output, func(w io.Writer) error { _, err := w.Write(body); return err }); err != nil || !toFile {
		return err
	}
	return c.reportGaps(p, body)
}

// reportGaps lists what the completeness rules find missing.
func (c *initCommand) reportGaps(p *process, body []byte) error {
	doc, err := card.ReadYAML(body)
	if err != nil {
		return err
	}
	packs, err := check.SelectPacks("completeness")
	if err != nil {
		return err
	}
	result, err := check.New(check.Options{Packs: packs}).Document(p.ctx, c.Output, doc)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.stderr, "%s is written; still missing:\n", c.Output)
	for _, f := range result.Findings {
		_, _ = fmt.Fprintf(p.stderr, "  %-38s %s\n", f.Pointer, f.Message)
	}
	return nil
}

//go:embed card.yaml.tmpl
var initTemplate string

// initKind is what the cards to begin with differ in.
type initKind struct {
	Kind, File, About, Title                         string
	Library, Package, Task, Tags, Type, Base         string
	Language                                         bool
	Summary, Use, Downstream, OutOfScope             string
	Data, Preprocessing, Regime, Hyperparameters     string
	Factors, Metric, Value, Threshold                string
	Risks, Recommendation, Limitation, Input, Output string
	Software                                         string
}

func (k initKind) render() ([]byte, error) {
	t, err := template.New("card").Parse(initTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, k)
	return b.Bytes(), err
}

var initKinds = map[string]initKind{
	"nlp": {
		About: "a model that reads text, such as a classifier", Title: "Text",
		Library: "transformers", Package: "transformers", Task: "text-classification", Tags: "nlp, text-classification",
		Type: "Transformer encoder", Base: "FacebookAI/xlm-roberta-base", Language: true,
		Summary:    "Tells positive product reviews from negative ones.",
		Use:        "Rank product reviews by their sentiment.",
		Downstream: "Fine-tune it for reviews of services.", OutOfScope: "Decisions about a person.",
		Data: "Reviews of 41000 products, written between 2019 and 2025.", Preprocessing: "Unicode NFC, at most 512 tokens.",
		Regime: "bf16 mixed precision", Hyperparameters: "{learning_rate: 2.0e-5, epochs: 3}",
		Factors: "The length of a text, its dialect, and the kind of product.", Metric: "f1", Value: "0.93", Threshold: "0.90",
		Risks:          "Sarcasm is taken at its word, and dialects are read worse than the standard language.",
		Recommendation: "Show shares over fifty reviews or more, not single verdicts.", Limitation: "Texts of more than 512 tokens are cut.",
		Input: "text", Output: "a label and a score", Software: "Python 3.12, transformers 4.57, PyTorch 2.9",
	},
	"vision": {
		About: "a model that looks at pictures", Title: "Vision",
		Library: "timm", Package: "timm", Task: "image-classification", Tags: "vision, image-classification",
		Type: "Convolutional network", Base: "timm/resnet50.a1_in1k",
		Summary:    "Tells ripe fruit from unripe fruit in photographs.",
		Use:        "Sort photographs of fruit on a conveyor belt.",
		Downstream: "Fine-tune it for other kinds of fruit.", OutOfScope: "Pictures of persons.",
		Data: "80000 photographs of 12 kinds of fruit, taken in three orchards.", Preprocessing: "Scaled to 224 × 224 pixels, colours normalised.",
		Regime: "fp16 mixed precision", Hyperparameters: "{learning_rate: 1.0e-3, epochs: 90}",
		Factors: "Light, camera, distance, and the kind of fruit.", Metric: "accuracy", Value: "0.96", Threshold: "0.94",
		Risks:          "Pictures in other light than that of the training data are judged worse.",
		Recommendation: "Measure it with the camera and the light of the place where it is to work.", Limitation: "One fruit a picture.",
		Input: "image/jpeg", Output: "a label and a score", Software: "Python 3.12, timm 1.0, PyTorch 2.9",
	},
	"llm": {
		About: "a language model that writes text", Title: "Language",
		Library: "transformers", Package: "transformers", Task: "text-generation", Tags: "llm, text-generation, conversational",
		Type: "Transformer decoder", Base: "Qwen/Qwen3-8B", Language: true,
		Summary:    "Answers questions about the manuals of our machines.",
		Use:        "Help technicians to find what a manual says.",
		Downstream: "Retrieval over other manuals.", OutOfScope: "Advice on law, medicine or the safety of persons.",
		Data: "The manuals of 300 machines, and 12000 questions with answers by technicians.", Preprocessing: "Names and addresses of customers were taken out.",
		Regime: "bf16 mixed precision", Hyperparameters: "{learning_rate: 1.0e-5, epochs: 2, context_length: 8192}",
		Factors: "The language and length of a question, and the age of the machine.", Metric: "exact_match", Value: "0.71", Threshold: "0.65",
		Risks:          "It may state as a fact what no manual says, and it answers in the tone of the question.",
		Recommendation: "Show the page of the manual beside each answer.", Limitation: "It knows nothing of machines built after 2025.",
		Input: "text", Output: "text", Software: "Python 3.12, transformers 4.57, vLLM 0.11",
	},
	"tabular": {
		About: "a model of rows and columns", Title: "Tabular",
		Library: "sklearn", Package: "scikit-learn", Task: "tabular-classification", Tags: "tabular, tabular-classification",
		Type:       "Gradient boosted trees",
		Summary:    "Estimates which parcels will be late.",
		Use:        "Warn customers of a parcel that will be late.",
		Downstream: "A feature of a larger model of a warehouse.", OutOfScope: "Judging the work of a driver.",
		Data: "Four million parcels of 2023 to 2025, 31 columns each.", Preprocessing: "Missing values have a category of their own.",
		Regime: "fp32", Hyperparameters: "{n_estimators: 400, max_depth: 6}",
		Factors: "Region, season, and the size of a parcel.", Metric: "roc_auc", Value: "0.88", Threshold: "0.85",
		Risks:          "Regions with few parcels are estimated worse.",
		Recommendation: "Train it anew each quarter, and check it for drift each week.", Limitation: "It does not know of strikes or storms.",
		Input: "a row of 31 columns", Output: "a probability", Software: "Python 3.12, scikit-learn 1.7",
	},
	"multimodal": {
		About: "a model that takes pictures and text together", Title: "Multimodal",
		Library: "transformers", Package: "transformers", Task: "image-text-to-text", Tags: "multimodal, image-text-to-text",
		Type: "Vision encoder and transformer decoder", Base: "Qwen/Qwen2.5-VL-7B-Instruct", Language: true,
		Summary:    "Describes photographs of products for people who do not see them.",
		Use:        "Write a first draft of the description of a product.",
		Downstream: "Search over pictures by their descriptions.", OutOfScope: "Naming or judging persons in a picture.",
		Data: "500000 photographs of products with descriptions by their makers.", Preprocessing: "Faces were blurred; pictures were scaled to at most 1024 pixels.",
		Regime: "bf16 mixed precision", Hyperparameters: "{learning_rate: 1.0e-5, epochs: 1}",
		Factors: "The kind of product, the light, and the language of the description.", Metric: "cider", Value: "1.12", Threshold: "1.0",
		Risks:          "It may describe what is not in the picture, and it repeats stereotypes of its training data.",
		Recommendation: "Have a person read a description before it is published.", Limitation: "Text in a picture is read only if it is large.",
		Input: "image/jpeg and text", Output: "text", Software: "Python 3.12, transformers 4.57, PyTorch 2.9",
	},
}
