"""Runs evaluation tools and keeps what they write.

Writes their files into the folder that is the argument, and one JSON object a
line to standard output: file, role, and the values that the file has, each as
[type, slice or null, value]. The values are taken from the tools' own objects
and not from the files.
"""

import contextlib
import io
import json
import logging
import os
import subprocess
import sys

import lightgbm
import numpy
import pandas
import xgboost
import yaml
from dvclive import Live
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import (
    accuracy_score,
    classification_report,
    f1_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    precision_score,
    r2_score,
    roc_auc_score,
)
from sklearn.model_selection import GridSearchCV, cross_validate, train_test_split
from sklearn.multioutput import MultiOutputClassifier

OUT = sys.argv[1]


def path(name):
    full = os.path.join(OUT, name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def told(name, role, values):
    print(json.dumps({"file": name, "role": role, "values": values}), flush=True)


def write_json(name, value):
    with open(path(name), "w") as f:
        json.dump(value, f)


def report_values(report):
    values = []
    for name, row in report.items():
        if not isinstance(row, dict):
            values.append([name, None, row])
            continue
        average = name.endswith(" avg")
        for key, value in row.items():
            if key != "support":
                values.append([key.removesuffix("-score"), None if average else name, value])
    return values


def scikit_learn():
    x, y = load_iris(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0, test_size=0.5)
    model = LogisticRegression(max_iter=20, C=0.01).fit(x_train, y_train)
    predicted = model.predict(x_test)
    report = classification_report(y_test, predicted, output_dict=True, target_names=["setosa", "versicolor", "virginica"])
    write_json("sklearn/report.json", report)
    told("sklearn/report.json", "evaluation", report_values(report))
    with open(path("sklearn/report.yaml"), "w") as f:
        yaml.safe_dump({"test": json.loads(json.dumps(report))}, f)
    told("sklearn/report.yaml", "evaluation", report_values(report))
    frame = pandas.DataFrame(report).T.loc[["setosa", "versicolor", "virginica"]]
    frame.to_csv(path("sklearn/report.csv"), index_label="class")
    told("sklearn/report.csv", "evaluation", [[c, i, frame.loc[i, c]] for i in frame.index for c in frame.columns])

    flat = {
        "model_name": "iris", "accuracy": accuracy_score(y_test, predicted), "f1_macro": f1_score(y_test, predicted, average="macro"),
        "log_loss": log_loss(y_test, model.predict_proba(x_test)),
    }
    write_json("sklearn/flat.json", flat)
    told("sklearn/flat.json", "evaluation", [[k, None, v] for k, v in flat.items() if k != "model_name"])

    scores = cross_validate(model, x, y, cv=5, scoring=["accuracy", "f1_macro"])
    nested = {k.removeprefix("test_"): {"mean": v.mean(), "std": v.std()} for k, v in scores.items()}
    write_json("sklearn/cross_validation.json", {"metrics": nested})
    told("sklearn/cross_validation.json", "evaluation", [[k, None, v["mean"]] for k, v in nested.items()])

    search = GridSearchCV(RandomForestClassifier(random_state=0), {"n_estimators": [3, 5], "max_depth": [2, 3]}, cv=2).fit(x, y)
    write_json("sklearn/params.json", search.best_estimator_.get_params())
    told("sklearn/params.json", "training", [["parameter", k, v] for k, v in search.best_estimator_.get_params().items()])
    results = pandas.DataFrame(search.cv_results_)[["param_max_depth", "param_n_estimators", "mean_test_score"]]
    results.iloc[[search.best_index_]][["mean_test_score"]].to_csv(path("sklearn/search.tsv"), sep="\t", index=False)
    told("sklearn/search.tsv", "evaluation", [["mean_test_score", None, search.best_score_]])

    x, y = load_breast_cancer(return_X_y=True)
    model = LogisticRegression(max_iter=50).fit(x, y)
    predicted = model.predict(x)
    report = classification_report(y, predicted, output_dict=True)
    write_json("sklearn/binary.json", report)
    told("sklearn/binary.json", "evaluation", report_values(report))
    split = {
        "train": {"accuracy": accuracy_score(y[:400], predicted[:400])},
        "test": {"accuracy": accuracy_score(y[400:], predicted[400:]), "roc_auc": roc_auc_score(y, model.predict_proba(x)[:, 1])},
    }
    write_json("sklearn/splits.json", split)
    told("sklearn/splits.json", "evaluation", [[k, None, v] for s in split.values() for k, v in s.items()])
    groups = {g: {"precision": precision_score(y[m], predicted[m]), "n": int(m.sum())} for g, m in {"small": x[:, 0] < 14, "large": x[:, 0] >= 14}.items()}
    with open(path("sklearn/groups.yaml"), "w") as f:
        yaml.safe_dump(json.loads(json.dumps({"results": groups})), f)
    told("sklearn/groups.yaml", "evaluation", [["precision", g, v["precision"]] for g, v in groups.items()])

    x, y = make_multilabel_classification(random_state=0)
    predicted = MultiOutputClassifier(LogisticRegression()).fit(x, y).predict(x)
    report = classification_report(y, predicted, output_dict=True, zero_division=0)
    write_json("sklearn/multilabel.json", report)
    told("sklearn/multilabel.json", "evaluation", report_values(report))

    x, y = load_diabetes(return_X_y=True)
    predicted = Ridge().fit(x, y).predict(x)
    rows = [("mae", mean_absolute_error(y, predicted)), ("mse", mean_squared_error(y, predicted)), ("r2", r2_score(y, predicted))]
    pandas.DataFrame(rows, columns=["metric", "value"]).to_csv(path("sklearn/regression.csv"), index=False)
    told("sklearn/regression.csv", "evaluation", [[k, None, v] for k, v in rows])


def logs():
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    model = SGDClassifier(loss="log_loss", random_state=0)
    history = []
    logger = logging.getLogger("train")
    handler = logging.FileHandler(path("logs/train.log"))
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    for epoch in range(3):
        model.partial_fit(x[:400], y[:400], classes=[0, 1])
        record = {
            "epoch": epoch, "loss": log_loss(y[:400], model.predict_proba(x[:400])),
            "val_loss": log_loss(y[400:], model.predict_proba(x[400:])), "val_accuracy": model.score(x[400:], y[400:]),
        }
        history.append(record)
        logger.info(" ".join(f"{k}={v}" for k, v in record.items()))
    values = [["loss", None, record["loss"]], ["loss", None, record["val_loss"]], ["accuracy", None, record["val_accuracy"]]]
    told("logs/train.log", "training", values)
    frame = pandas.DataFrame(history)
    frame.to_json(path("logs/history.jsonl"), orient="records", lines=True, double_precision=15)
    told("logs/history.jsonl", "training", values)
    frame.to_csv(path("logs/history.csv"), index=False)
    told("logs/history.csv", "training", values)
    write_json("logs/history.json", frame.drop(columns="epoch").to_dict(orient="list"))
    told("logs/history.json", "training", values)


def boosters():
    x, y = load_breast_cancer(return_X_y=True)
    train, test = xgboost.DMatrix(x[:400], y[:400]), xgboost.DMatrix(x[400:], y[400:])
    result = {}
    log = io.StringIO()
    with contextlib.redirect_stdout(log):
        xgboost.train(
            {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "max_depth": 2}, train, 5,
            evals=[(train, "train"), (test, "eval")], evals_result=result,
        )
    write_json("xgboost/evals_result.json", result)
    values = [[k, None, v[-1]] for split in result.values() for k, v in split.items()]
    told("xgboost/evals_result.json", "evaluation", values)
    with open(path("xgboost/train.log"), "w") as f:
        f.write(log.getvalue())
    told("xgboost/train.log", "training", [[k, None, round(v, 5)] for k, _, v in values])

    result = {}
    log = io.StringIO()
    data = lightgbm.Dataset(x[:400], y[:400])
    with contextlib.redirect_stdout(log):
        lightgbm.train(
            {"objective": "binary", "verbose": 1, "num_leaves": 4}, data, 5, valid_sets=[data, lightgbm.Dataset(x[400:], y[400:], reference=data)],
            callbacks=[lightgbm.record_evaluation(result), lightgbm.log_evaluation(1)],
        )
    write_json("lightgbm/evals_result.json", result)
    values = [[k, None, v[-1]] for split in result.values() for k, v in split.items()]
    told("lightgbm/evals_result.json", "evaluation", values)
    with open(path("lightgbm/train.log"), "w") as f:
        f.write(log.getvalue())
    told("lightgbm/train.log", "training", [[k, None, float(f"{v:g}")] for k, _, v in values])


def dvc():
    repo = path("dvc/")
    subprocess.run(["git", "init", "-q", repo], check=True)
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "--allow-empty", "-m", "begin"], cwd=repo, check=True)
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=repo, check=True)
    here = os.getcwd()
    os.chdir(repo)
    with Live("dvclive", save_dvc_exp=False, dvcyaml="dvc.yaml") as live:
        live.log_params({"lr": 0.01, "layers": 3, "optimizer": "adam"})
        for step in range(3):
            live.log_metric("train/acc", 0.5 + step / 10)
            live.log_metric("test/acc", 0.45 + step / 10)
            live.next_step()
    shown = subprocess.run([sys.executable, "-m", "dvc", "metrics", "show", "--json"], check=True, capture_output=True, text=True).stdout
    os.chdir(here)
    with open(path("dvc/shown.json"), "w") as f:
        f.write(shown)
    values = [["acc", None, 0.7], ["acc", None, 0.65]]
    told("dvc/dvclive/metrics.json", "evaluation", values)
    told("dvc/dvclive/plots/metrics/train/acc.tsv", "training", [["acc", None, 0.7]])
    told("dvc/dvclive/params.yaml", "training", [["parameter", "lr", 0.01], ["parameter", "layers", 3], ["parameter", "optimizer", "adam"]])
    told("dvc/shown.json", "evaluation", values)


def sacrebleu():
    with open(path("sacrebleu/ref.txt"), "w") as f:
        f.write("the cat sat on the mat\nit is raining today in town\n")
    with open(path("sacrebleu/out.txt"), "w") as f:
        f.write("the cat sat on a mat\nit is raining now in town\n")
    for name, metrics in {"one": ["bleu"], "two": ["bleu", "chrf"]}.items():
        text = subprocess.run(
            [sys.executable, "-m", "sacrebleu", path("sacrebleu/ref.txt"), "-i", path("sacrebleu/out.txt"), "-m", *metrics, "-f", "json", "-w", "4"],
            check=True, capture_output=True, text=True,
        ).stdout
        with open(path(f"sacrebleu/{name}.json"), "w") as f:
            f.write(text)
        from sacrebleu.metrics import BLEU, CHRF
        hyps, refs = open(path("sacrebleu/out.txt")).read().splitlines(), [open(path("sacrebleu/ref.txt")).read().splitlines()]
        scores = {"bleu": ["BLEU", None, BLEU().corpus_score(hyps, refs).score], "chrf": ["chrF2", None, CHRF().corpus_score(hyps, refs).score]}
        told(f"sacrebleu/{name}.json", "evaluation", [[k, s, round(v, 4)] for k, s, v in (scores[m] for m in metrics)])


def statistics():
    frame = load_iris(as_frame=True).frame
    frame.describe().to_csv(path("pandas/describe.csv"))
    told("pandas/describe.csv", "dataset", [["text", None, str(frame["petal width (cm)"].mean())]])
    frame.describe().to_json(path("pandas/describe.json"), double_precision=15)
    told("pandas/describe.json", "dataset", [["text", None, "petal width (cm)"]])
    frame.to_csv(path("pandas/data.csv"), index=False)
    told("pandas/data.csv", "dataset", [["text", None, "150 rows"]])
    from datasets import Dataset
    Dataset.from_pandas(frame).save_to_disk(path("datasets/iris"))
    told("datasets/iris/dataset_info.json", "dataset", [["text", None, "petal width (cm)"]])


def weights():
    from safetensors.numpy import save_file
    save_file({"a": numpy.zeros((3, 5), numpy.float32), "b": numpy.zeros(7, numpy.int8)}, path("safetensors/mixed.safetensors"))
    told("safetensors/mixed.safetensors", "training", [["parameters", None, 22]])


def harness():
    from lm_eval import evaluator
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager
    os.makedirs(path("harness/tasks"), exist_ok=True)
    with open(path("harness/data.jsonl"), "w") as f:
        for i in range(8):
            f.write(json.dumps({"question": f"{i} + 1 =", "choices": [str(i + 1), str(i + 2)], "label": 0}) + "\n")
    for name, extra in {"sums_choice": {"output_type": "multiple_choice", "doc_to_choice": "{{choices}}", "doc_to_target": "label"},
                        "sums_free": {"output_type": "generate_until", "doc_to_target": "{{choices[0]}}", "generation_kwargs": {"until": ["\n"]},
                                      "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}]}}.items():
        task = {"task": name, "dataset_path": "json", "dataset_kwargs": {"data_files": {"test": path("harness/data.jsonl")}},
                "test_split": "test", "doc_to_text": "{{question}}", **extra}
        with open(path(f"harness/tasks/{name}.yaml"), "w") as f:
            yaml.safe_dump(task, f)
    manager = TaskManager(include_path=path("harness/tasks"), include_defaults=False)
    for number, names in enumerate([["sums_choice"], ["sums_choice", "sums_free"]]):
        tracker = EvaluationTracker(output_path=path(f"harness/out{number}/"))
        result = evaluator.simple_evaluate(model="dummy", tasks=names, task_manager=manager, num_fewshot=0, evaluation_tracker=tracker, bootstrap_iters=10)
        samples = result.pop("samples")
        tracker.save_results_aggregated(results=result, samples=samples)
        values = [[k.split(",")[0], None, v] for r in result["results"].values() for k, v in r.items()
                  if "," in k and "stderr" not in k and isinstance(v, (int, float))]
        for root, _, files in os.walk(path(f"harness/out{number}")):
            for name in files:
                if name.startswith("results"):
                    told(os.path.relpath(os.path.join(root, name), OUT), "evaluation", values)


for produce in (scikit_learn, logs, boosters, dvc, sacrebleu, statistics, weights, harness):
    with contextlib.redirect_stderr(sys.stderr):
        produce()
