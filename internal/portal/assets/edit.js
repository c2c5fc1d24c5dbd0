// Numbers the lines of the editor, checks the text a moment after it was
// changed, and marks the lines of the findings. The page works without it.
const form = document.querySelector("form.edit");
const text = form.elements.namedItem("text");
const gutter = document.createElement("div");
gutter.className = "gutter";
gutter.setAttribute("aria-hidden", "true");
text.before(gutter);

const worst = { error: 3, warning: 2, info: 1 };
let marks = new Map();

function number() {
  const count = text.value.split("\n").length;
  while (gutter.childElementCount > count) gutter.lastElementChild.remove();
  for (let n = gutter.childElementCount + 1; n <= count; n++) {
    const line = document.createElement("span");
    line.textContent = n;
    gutter.append(line);
  }
  for (const [index, line] of [...gutter.children].entries()) line.className = marks.get(index + 1) ?? "";
  gutter.scrollTop = text.scrollTop;
}

// mark reads the findings of the page, and makes their places lead to the lines.
function mark() {
  marks = new Map();
  for (const item of document.querySelectorAll("#edit-result [data-line]")) {
    const line = Number(item.dataset.line);
    const severity = item.dataset.severity;
    if ((worst[severity] ?? 0) > (worst[marks.get(line)] ?? 0)) marks.set(line, severity);
    const place = item.querySelector(".at");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = place.textContent;
    button.addEventListener("click", () => select(line));
    place.replaceChildren(button);
  }
  number();
}

function select(line) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  text.scrollTop = Math.max(0, (line - 5) * parseFloat(getComputedStyle(text).lineHeight));
}

let timer = 0;
let asked = 0;

async function check() {
  const turn = ++asked;
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "check");
  const answer = await fetch(form.action, { method: "POST", body });
  if (!answer.ok || turn !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const result = page.getElementById("edit-result");
  if (!result || turn !== asked) return;
  document.getElementById("edit-result").replaceChildren(...result.childNodes);
  mark();
}

text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
text.addEventListener("input", () => {
  number();
  clearTimeout(timer);
  timer = setTimeout(() => check().catch(() => {}), 700);
});
mark();
