package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

var hubModelRules = []Rule{
	{ID: "huggingface/base-model", Severity: Error, Fixable: true,
		Title: "base_model is the id of a model on the Hub, or several", Hint: "a path on a disk is no id; leave it out if the model is not on the Hub",
		Bad: "model: {name: Example, base_model: /content/model}\n", Good: "model: {name: Example, base_model: google-bert/bert-base-uncased}\n",
		find: eachText("base_model", wantID("model"))},
	{ID: "huggingface/base-model-self", Severity: Error,
		Title: "a model is not its own base",
		Bad:   "model: {id: acme/example, base_model: acme/example}\n", Good: "model: {id: acme/example, base_model: acme/base}\n",
		find: eachText("base_model", func(s *subject, id, _ string) *hit {
			if id == s.Model.ID {
				return &hit{message: "base_model is the model itself"}
			}
			return nil
		})},
	{ID: "huggingface/base-model-relation", Severity: Error, Fixable: true, Reference: "Hugging Face Hub, model cards (base_model_relation)",
		Title: "base_model_relation is adapter, merge, quantized or finetune",
		Bad:   "model: {name: Example, base_model: acme/base, base_model_relation: finetuned}\n", Good: "model: {name: Example, base_model: acme/base, base_model_relation: finetune}\n",
		find: eachText("base_model_relation", wantRelation)},
	{ID: "huggingface/base-model-relation-alone", Severity: Warning, Reference: "Hugging Face Hub, model cards (base_model_relation)",
		Title: "base_model_relation stands beside a base_model", Hint: "add base_model",
		Bad: "model: {name: Example, base_model_relation: finetune}\n", Good: "model: {name: Example, base_model: acme/base, base_model_relation: finetune}\n",
		applies: func(s *subject) bool { return s.Model.BaseModelRelation != "" },
		find: func(s *subject) []hit {
			if len(s.items("base_model")) > 0 {
				return nil
			}
			return []hit{{pointer: "/model/base_model_relation"}}
		}},
	{ID: "huggingface/base-model-merge", Severity: Warning, Reference: "Hugging Face Hub, model cards (base_model)",
		Title: "a model with several bases is a merge", Hint: "write base_model_relation: merge, or leave it out",
		Bad: "model: {name: Example, base_model: [acme/a, acme/b], base_model_relation: quantized}\n", Good: "model: {name: Example, base_model: [acme/a, acme/b], base_model_relation: merge}\n",
		find: func(s *subject) []hit {
			if r := s.Model.BaseModelRelation; len(s.items("base_model")) < 2 || r == "" || r == "merge" {
				return nil
			}
			return []hit{{pointer: "/model/base_model_relation"}}
		}},
	{ID: "huggingface/new-version", Severity: Error, Fixable: true, Reference: "Hugging Face Hub, model cards (new_version)",
		Title: "new_version is the id of a model on the Hub",
		Bad:   "model: {name: Example, new_version: version 2}\n", Good: "model: {name: Example, new_version: acme/example-2}\n",
		find: eachText("new_version", wantID("model"))},
	{ID: "huggingface/new-version-self", Severity: Warning, Reference: "Hugging Face Hub, model cards (new_version)",
		Title: "a model is not its own new version",
		Bad:   "model: {id: acme/example, new_version: acme/example}\n", Good: "model: {id: acme/example, new_version: acme/example-2}\n",
		find: eachText("new_version", func(s *subject, id, _ string) *hit {
			if id == s.Model.ID {
				return &hit{message: "new_version is the model itself"}
			}
			return nil
		})},
	{ID: "huggingface/library-name", Severity: Info, Fixable: true, Reference: "huggingface.js, packages/tasks/src/model-libraries.ts",
		Title: "library_name is a library that the Hub knows", Hint: "the Hub shows how to load the model for libraries that it knows",
		Bad: "model: {name: Example, library_name: Transformers}\n", Good: "model: {name: Example, library_name: transformers}\n",
		find: eachText("library_name", func(_ *subject, name, pointer string) *hit {
			return wantKnown("library_name", name, pointer, libraries)
		})},
}

var hubTaskRules = []Rule{
	{ID: "huggingface/pipeline-tag", Severity: Warning, Fixable: true, Reference: "huggingface.js, packages/tasks/src/pipelines.ts",
		Title: "pipeline_tag is a task that the Hub knows",
		Bad:   "model: {name: Example, pipeline_tag: Text Classification}\n", Good: "model: {name: Example, pipeline_tag: text-classification}\n",
		find: eachText("pipeline_tag", func(_ *subject, task, pointer string) *hit {
			return wantKnown("pipeline_tag", task, pointer, tasks)
		})},
	{ID: "huggingface/pipeline-tag-missing", Severity: Info,
		Title: "the card names its task", Hint: "add pipeline_tag: the Hub lists and tries models by it",
		Fields: []string{"/model/pipeline_tag"}, Good: "model: {name: Example, pipeline_tag: text-classification}\n",
		find: func(s *subject) []hit {
			if s.has("/model/pipeline_tag") || len(s.items("pipeline_tag")) > 0 {
				return nil
			}
			return []hit{{pointer: "/model/pipeline_tag", message: "missing: pipeline_tag"}}
		}},
}

var relations = []string{"adapter", "merge", "quantized", "finetune"}

func wantRelation(_ *subject, relation, pointer string) *hit {
	if slices.Contains(relations, relation) {
		return nil
	}
	h := &hit{message: fmt.Sprintf("base_model_relation %q is none of adapter, merge, quantized, finetune", relation)}
	meant := map[string]string{"finetuned": "finetune", "fine-tune": "finetune", "fine-tuned": "finetune", "finetuning": "finetune", "quant": "quantized", "quantization": "quantized", "merged": "merge", "lora": "adapter", "peft": "adapter"}[strings.ToLower(relation)]
	if slices.Contains(relations, strings.ToLower(relation)) {
		meant = strings.ToLower(relation)
	}
	if meant != "" {
		h.hint, h.fix = "write "+meant, setTo(pointer, meant)
	}
	return h
}

// wantKnown asks for one of a list of identifiers. Another way to write one is
// mended; what is only near is a hint.
func wantKnown(key, id, pointer string, known []string) *hit {
	if slices.Contains(known, id) {
		return nil
	}
	h := &hit{message: fmt.Sprintf("%s %q is not one that the Hub knows", key, id)}
	if meant := otherSpelling(id, known); meant != "" {
		h.hint, h.fix = "write "+meant, setTo(pointer, meant)
	} else if near := card.Closest(id, known); near != "" && len(id) > 3 {
		h.hint = fmt.Sprintf("did you mean %q?", near)
	}
	return h
}

// otherSpelling is the known identifier that differs by capitals and
// separators alone, or "".
func otherSpelling(id string, known []string) string {
	folded := foldID(id)
	for _, k := range known {
		if foldID(k) == folded {
			return k
		}
	}
	return ""
}

func foldID(id string) string {
	return strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(id))
}

// libraries are the keys of model-libraries.ts of huggingface.js, August 2026.
var libraries = strings.Fields(`
3dtopia-xl PaddleOCR acestep adapter-transformers allennlp anemoi araclip asteroid audiocraft audioseal aviation-ner bagel-mot bboxmaskpose
ben2 bertopic big_vision bionemo birder birefnet bm25s boltzgen cancertathomev2 cartesia_mlx cartesia_pytorch ccpfn champ chaossim chat_tts
chatterbox chexmix chronos-forecasting clara clipscope cloud-agents colipri collectorvision colpali comet cosmos cosyvoice cotracker
cxr-foundation deepforest depth-anything-v2 depth-pro derm-foundation describe-anything dia-tts dia2 diff-interpretation-tuning diffree
diffusers diffusion-single-file diffusionkit docking-at-home doctr edsnlp elm encoderfile espnet eupe f5-tts fairseq fastai fastprint
fasttext fixer flair flextab fme gemma.cpp genmo geometry-crafter gliner gliner2 glm-tts glyph-byt5 granite-library grok habibi-tts hallo
hermes hezar holomotion htrflow hunyuan-dit hunyuan3d-2 hunyuanworld-voyager hy-world-2 hy-worldplay image-matching-models imstoucan
index-tts infinite-you infinitetalk intellifold ising-decoding k2 keras keras-hub kerasformers kernels kimi-audio kittentts kronos lagernvs
lerobot lightglue lightning-ir litert litert-lm liveportrait llama-cpp-python longcat-video-avatar-1.5 ltx lvface lyra-2.0 magenta-realtime
magenta-realtime-2 magi-1 mamba-ssm manas-1 mars5-tts matanyone medvae merlin mesh-anything mflux mindspore mini-omni2 minimax-h3 mitie
ml-agents ml-sharp mlc-llm mlx mlx-image mobilint model2vec monkeyocr moshi mtvcraft multimolecule nemo ninfer nobg nv-medtech open-oasis
open-sora open_clip openasr openpeerllm outetts paddlenlp peft perception-encoder phantom-wan pocket-tts pruna-ai pxia py-feat
pyannote-audio pythae quantumpeer qwen3_tts recurrentgemma refiners relik renderformer reverb rkllm robo-orchard-lab rwkv saelens
sam-3d-body sam-3d-objects sam2 same sample-factory sana sap-rpt-1-oss sapiens sapiens2 scail-2 seed-story seedvr self-forcing
sentence-transformers setfit skala sklearn soloaudio songbloom spacy span-marker speechbrain ssr-speech stable-audio-3 stable-audio-tools
stable-baselines3 stanza supertonic swarmformer synthefy-migas tabpfn tencent-song-generation tensorflowtts tensorrt terratorch tf-keras
tic-clip timee-ts timesfm timm tirex tirex-2 torchgeo transformers transformers.js trellis trellis2 tunejury ultralytics uni-3dar
unity-sentis univa vfi-mamba vibevoice videoprism videox_fun vismatch voicecraft voxcpm vui wan2.2 wham whisperkit yolov10 yolov26 zonos `)

// tasks are the keys of pipelines.ts of huggingface.js, August 2026.
var tasks = strings.Fields(`
text-classification token-classification table-question-answering question-answering zero-shot-classification translation summarization
feature-extraction text-generation fill-mask sentence-similarity text-to-speech text-to-audio automatic-speech-recognition audio-to-audio
audio-classification audio-text-to-text voice-activity-detection depth-estimation image-classification object-detection image-segmentation
text-to-image image-to-text image-to-image image-to-video unconditional-image-generation video-classification reinforcement-learning
robotics tabular-classification tabular-regression tabular-to-text table-to-text multiple-choice text-ranking text-retrieval
time-series-forecasting text-to-video image-text-to-text image-text-to-image image-text-to-video visual-question-answering
document-question-answering zero-shot-image-classification graph-ml mask-generation zero-shot-object-detection text-to-3d image-to-3d
image-feature-extraction video-text-to-text keypoint-detection visual-document-retrieval any-to-any video-to-video other `)

// subtasks are finer tasks, which results may name beside the tasks.
var subtasks = strings.Fields(`
abstractive-qa acceptability-classification audio-emotion-recognition audio-intent-classification audio-language-identification
closed-book-qa closed-domain-qa conversational coreference-resolution dialogue-generation dialogue-modeling document-question-answering
document-retrieval entity-linking-classification entity-linking-retrieval explanation-generation extractive-qa face-detection fact-checking
fact-checking-retrieval grasping hate-speech-detection image-captioning image-colorization image-inpainting instance-segmentation
intent-classification keyword-spotting language-identification language-modeling lemmatization masked-language-modeling
multi-class-classification multi-class-image-classification multi-input-text-classification multi-label-classification
multi-label-image-classification multiple-choice-coreference-resolution multiple-choice-qa multivariate-time-series-forecasting
named-entity-recognition natural-language-inference news-articles-headline-generation news-articles-summarization open-book-qa
open-domain-abstractive-qa open-domain-qa panoptic-segmentation parsing part-of-speech pose-estimation rdf-to-text semantic-segmentation
semantic-similarity-classification semantic-similarity-scoring sentiment-analysis sentiment-classification sentiment-scoring slot-filling
speaker-identification super-resolution tabular-multi-class-classification tabular-multi-label-classification
tabular-single-column-regression task-planning text-scoring text-simplification text2text-generation topic-classification
univariate-time-series-forecasting utterance-retrieval vehicle-detection visual-question-answering word-sense-disambiguation `)
