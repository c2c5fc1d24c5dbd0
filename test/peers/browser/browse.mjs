// Opens each page at two widths, in light and dark, and tells as one JSON object
// a line what went wrong there: errors of the console, breaches of the content
// security policy, requests to anybody else, what axe-core finds, pages wider
// than the window, and the layout moving.
//
// Standard input: {chromium, base, key, pages: [{name, path, status, wait, fill, click, live}], shots, pictures: [{path, file, ...}]}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const task = JSON.parse(readFileSync(0, "utf8"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath: task.chromium, args: ["--no-sandbox", "--disable-gpu"] });

async function newContext(options) {
  const context = await browser.newContext({ baseURL: task.base, ...options });
  if (task.key) {
    const page = await context.newPage();
    await page.goto("/sign-in?next=/sign-in");
    await page.fill("#key", task.key);
    await Promise.all([page.waitForNavigation(), page.click("main button")]);
    await page.close();
  }
  return context;
}

// watch writes down what a page does that it should not.
function watch(page, report, expected) {
  page.on("console", (message) => {
    if (message.type() !== "error" && !/Content Security Policy/i.test(message.text())) return;
    if (expected >= 400 && /Failed to load resource/.test(message.text())) return; // the page itself
    report.console.push(message.text());
  });
  page.on("pageerror", (error) => report.console.push(String(error)));
  page.on("dialog", (dialog) => { report.console.push("dialog: " + dialog.message()); dialog.dismiss(); });
  page.on("request", (request) => {
    if (!request.url().startsWith(task.base + "/")) report.foreign.push(request.url());
  });
}

// open goes to a page, fills its fields and sends its form.
async function open(page, { path, wait, fill, click }) {
  let answer = await page.goto(path, { waitUntil: "networkidle" });
  for (const [selector, value] of Object.entries(fill ?? {})) {
    const field = page.locator(selector);
    if (await field.evaluate((element) => element.closest("details")?.open === false)) await page.click("details summary");
    if (await field.getAttribute("type") === "hidden") await field.evaluate((element, value) => { element.value = value; }, value);
    else await field.fill(value);
  }
  if (click) [answer] = await Promise.all([page.waitForNavigation({ waitUntil: "networkidle" }), page.click(click)]);
  if (wait) await page.waitForSelector(wait);
  return answer;
}

async function visit(context, target, view) {
  const { name, status = 200 } = target;
  const report = { name, ...view, console: [], foreign: [], axe: [], overflow: 0, shift: 0 };
  const page = await context.newPage();
  watch(page, report, status);
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  const answer = await open(page, target);
  if (answer.status() !== status) report.console.push(`status ${answer.status()}, want ${status}`);
  report.overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  report.shift = await page.evaluate(() => window.shift);
  if (task.shots) {
    const file = (name.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") || "list").slice(0, 60);
    await page.screenshot({ path: `${task.shots}/${file}-${view.width}-${view.scheme}.png`, fullPage: true });
  }
  const client = await context.newCDPSession(page); // past the policy, which lets no script in
  await client.send("Runtime.evaluate", { expression: axe });
  const { result } = await client.send("Runtime.evaluate", {
    awaitPromise: true, returnByValue: true,
    expression: `axe.run({exclude: ["#reference"]}, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
      .then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).slice(0, 3).join("; ")))`,
  });
  report.axe = result.value ?? ["axe did not run"];
  await page.close();
  console.log(JSON.stringify(report));
}

for (const width of [1280, 390]) {
  for (const scheme of ["light", "dark"]) {
    const context = await newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
    for (const page of task.pages) await visit(context, page, { width, scheme });
    await context.close();
  }
}

// Without JavaScript a page says the same, and its links and forms work.
const plain = await newContext({ javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
for (const target of task.pages) {
  if (target.live) continue;
  const { name, status = 200 } = target;
  const page = await plain.newPage();
  const report = { name, plain: true, console: [], foreign: [] };
  watch(page, report, status);
  const answer = await open(page, { ...target, wait: undefined });
  report.text = await page.innerText("body");
  if (answer.status() !== status) report.console.push(`status ${answer.status()}, want ${status}`);
  await page.close();
  console.log(JSON.stringify(report));
}
{
  const page = await plain.newPage();
  await page.goto("/");
  await page.fill("#q", "sentiment");
  await Promise.all([page.waitForNavigation(), page.press("#q", "Enter")]);
  const found = await page.innerText("main");
  await Promise.all([page.waitForNavigation(), page.click(".cards a")]);
  await Promise.all([page.waitForNavigation(), page.click(".tabs a[href$='/revisions']")]);
  await Promise.all([page.waitForNavigation(), page.click("main td a")]);
  console.log(JSON.stringify({ walk: page.url(), found }));
}

for (const picture of task.pictures ?? []) {
  const context = await newContext({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
  const page = await context.newPage();
  await open(page, picture);
  await page.screenshot({ path: picture.file });
  await context.close();
}
await browser.close();
