// Opens the pages of a card with a hostile text in every field, one text after
// the other, with the content security policy switched off, so that what is seen
// is the pages' own work. Tells as one JSON object a line what a page did: how
// often a script ran, what was asked for, and which addresses run a script.
//
// Standard input: {chromium, base, key, vectors: [text], bodies: [card], control}.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const task = JSON.parse(readFileSync(0, "utf8"));
const browser = await chromium.launch({ executablePath: task.chromium, args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ baseURL: task.base, bypassCSP: true, javaScriptEnabled: true });
const page = await context.newPage();

let seen;
page.on("dialog", (dialog) => { seen.scripts++; dialog.dismiss().catch(() => {}); });
// A page may ask for itself and for its style sheet, script and icon.
await context.route("**/*", (route) => {
  const request = route.request();
  const url = new URL(request.url());
  if (seen.body !== undefined && url.href === seen.expected) return route.fulfill({ contentType: "text/html", body: seen.body });
  if (url.origin === task.base && (url.pathname.startsWith("/assets/") || (request.isNavigationRequest() && request.frame() === page.mainFrame() && seen.expected === url.href))) {
    return route.continue();
  }
  seen.asked.push(url.href);
  return route.abort();
});

// dangerous are the addresses of a page that would run a script, as the browser
// reads them.
function dangerous() {
  const found = [];
  for (const element of document.querySelectorAll("*")) {
    for (const name of ["href", "src", "action", "formAction", "data"]) {
      const address = element[name]?.baseVal ?? (element.hasAttribute?.(name.toLowerCase()) || element.hasAttribute?.("xlink:href") ? element[name] : "");
      if (/^(javascript|vbscript|data):/i.test(String(address).replace(/[\s\0]/g, ""))) found.push(`${element.localName} ${address}`);
    }
  }
  return found;
}

async function look(vector, name, path, body) {
  seen = { scripts: 0, asked: [], body, expected: new URL(path, task.base).href };
  const answer = await page.goto(path, { waitUntil: "load" }).catch((error) => { if (body === undefined) throw error; });
  if (body === undefined && answer.status() !== 200) throw new Error(`${answer.status()} for ${path}`);
  return tell(vector, name);
}

async function tell(vector, name) {
  await page.waitForTimeout(20);
  const addresses = await page.evaluate(dangerous).catch(() => ["the page is gone"]);
  console.log(JSON.stringify({ vector, name, scripts: seen.scripts, asked: seen.asked, addresses }));
}

seen = { expected: task.base + "/sign-in?next=/sign-in", asked: [] };
await page.goto(seen.expected);
await page.fill("#key", task.key);
seen.expected = task.base + "/sign-in";
await Promise.all([page.waitForNavigation(), page.click("main button")]);

for (const [index, vector] of task.vectors.entries()) {
  if (task.control) {
    await look(vector, "control", `/control/${index}`, `<!DOCTYPE html><body><p title="${vector}">x</p><div>${vector}</div>`);
    continue;
  }
  const answer = await fetch(task.base + "/v1/cards", { method: "POST", headers: { "Content-Type": "application/json", "X-API-Key": task.key }, body: task.bodies[index] });
  if (answer.status > 201) throw new Error(`${answer.status} for ${vector}`);
  const card = "/cards/acme/attacked";
  await look(vector, "card", card);
  await look(vector, "diff", `${card}/diff`);
  await look(vector, "report", `${card}/report`);
  await look(vector, "search", `/?q=${encodeURIComponent(vector)}`);
  await look(vector, "list", "/?namespace=acme");
  await look(vector, "revisions", `${card}/revisions`);
  await look(vector, "editor", `${card}/edit`);
  await Promise.all([page.waitForNavigation(), page.click("[value=preview]")]);
  await tell(vector, "preview");
}
await browser.close();
