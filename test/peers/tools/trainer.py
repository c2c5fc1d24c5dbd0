"""Trains tiny models with transformers and Lightning and keeps what they write.

Answers as produce.py does. Nothing is downloaded: the models begin at random.
"""

import json
import os
import sys

import lightning
import torch
from datasets import Dataset
from lightning.pytorch.loggers import CSVLogger
from sklearn.metrics import accuracy_score, f1_score
from transformers import BertConfig, BertForSequenceClassification, GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

OUT = sys.argv[1]


def path(name):
    return os.path.join(OUT, name)


def told(name, role, values):
    print("\n" + json.dumps({"file": name, "role": role, "values": values}), flush=True)


def transformers():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, max_position_embeddings=16,
        id2label={0: "even", 1: "odd"}, label2id={"even": 0, "odd": 1},
    )
    model = BertForSequenceClassification(config)
    rows = [{"input_ids": [1, i % 20, 2], "attention_mask": [1, 1, 1], "labels": i % 2} for i in range(32)]
    data = Dataset.from_list(rows)

    def compute(predictions):
        predicted = predictions.predictions.argmax(-1)
        return {"accuracy": accuracy_score(predictions.label_ids, predicted), "f1": f1_score(predictions.label_ids, predicted, zero_division=0)}

    trainer = Trainer(
        model=model, train_dataset=data, eval_dataset=data, compute_metrics=compute,
        args=TrainingArguments(
            output_dir=path("bert"), num_train_epochs=2, per_device_train_batch_size=8, logging_steps=2, eval_strategy="epoch", save_strategy="no",
            report_to=[], use_cpu=True, disable_tqdm=True,
        ),
    )
    train = trainer.train().metrics
    trainer.save_metrics("train", train)
    evaluated = trainer.evaluate()
    trainer.save_metrics("eval", evaluated)
    predicted = trainer.predict(data, metric_key_prefix="predict").metrics
    trainer.save_metrics("predict", predicted)
    trainer.save_state()
    trainer.save_model()

    def values(metrics, prefix):
        return [[k.removeprefix(prefix), None, v] for k, v in metrics.items() if k.startswith(prefix)]

    told("bert/train_results.json", "training", values(train, "train_"))
    told("bert/eval_results.json", "evaluation", values(evaluated, "eval_"))
    told("bert/predict_results.json", "evaluation", values(predicted, "predict_"))
    told("bert/all_results.json", "evaluation", values(train, "train_") + values(evaluated, "eval_") + values(predicted, "predict_"))
    told("bert/trainer_state.json", "training", values(evaluated, "eval_") + values(train, "train_") + [
        ["parameter", "num_train_epochs", 2], ["parameter", "train_batch_size", trainer.state.train_batch_size]])
    told("bert/config.json", "training", [["text", None, "BertForSequenceClassification"], ["text", None, "even, odd"], ["text", None, '"context_length":16']])
    told("bert/model.safetensors", "training", [["parameters", None, sum(p.numel() for p in model.parameters())]])

    model = GPT2LMHeadModel(GPT2Config(vocab_size=20, n_positions=32, n_embd=8, n_layer=1, n_head=2)).to(torch.bfloat16)
    model.save_pretrained(path("gpt2"), max_shard_size="1KB")
    told("gpt2/config.json", "training", [["text", None, "text-generation"], ["text", None, '"context_length":32']])
    told("gpt2/model.safetensors.index.json", "training", [["parameters", None, sum(p.numel() for p in model.parameters())]])


class Regression(lightning.LightningModule):
    def __init__(self, lr=0.1, width=1):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(1, width)

    def loss(self, batch, name):
        x, y = batch
        loss = torch.nn.functional.mse_loss(self.layer(x), y)
        self.log(name, loss, on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch, _):
        return self.loss(batch, "train_loss")

    def validation_step(self, batch, _):
        return self.loss(batch, "val_loss")

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


def lightning_module():
    x = torch.linspace(0, 1, 16).reshape(-1, 1)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, 2 * x), batch_size=4)
    logger = CSVLogger(OUT, name="lightning")
    trainer = lightning.Trainer(
        max_epochs=2, logger=logger, enable_progress_bar=False, enable_checkpointing=False, accelerator="cpu", log_every_n_steps=1, enable_model_summary=False,
    )
    trainer.fit(Regression(), loader, loader)
    last = {k: v.item() for k, v in trainer.callback_metrics.items()}
    folder = os.path.relpath(logger.log_dir, OUT)
    told(f"{folder}/metrics.csv", "training", [["loss", None, last["train_loss"]], ["loss", None, last["val_loss"]]])
    told(f"{folder}/hparams.yaml", "training", [["parameter", "lr", 0.1], ["parameter", "width", 1]])


transformers()
lightning_module()
