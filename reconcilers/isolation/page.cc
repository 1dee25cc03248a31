#include "reconcilers/isolation/page.h"

#include "reconcilers/isolation/matrix.h"
#include "reconcilers/isolation/report.h"

namespace freehold::isolation {
namespace {

constexpr const char* kHead = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Freehold: who reaches whose data</title>
<style>
:root { color-scheme: light dark; --back: #fff; --text: #1c2024; --soft: #60646c; --line: #d9d9e0; --own: #218358;
  --bad: #ce2c31; --warn: #ab6400; --cell: 1.1rem; }
@media (prefers-color-scheme: dark) { :root { --back: #111113; --text: #edeef0; --soft: #b0b4ba; --line: #363a3f;
  --own: #3dd68c; --bad: #ff9592; --warn: #ffca16; } }
body { margin: 0 auto; padding: 1rem; max-width: 90rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.soft { color: var(--soft); }
.scroll { overflow: auto; max-height: 75vh; border: 1px solid var(--line); }
table { border-collapse: separate; border-spacing: 0; }
#owners th, #owners td, #feeds th, #feeds td { text-align: left; padding: .2rem .8rem; border-bottom: 1px solid var(--line); }
#matrix th { font-weight: normal; font-size: .8rem; background: var(--back); white-space: nowrap; }
#matrix thead th { position: sticky; top: 0; z-index: 1; height: 9rem; vertical-align: bottom; padding: .2rem 0; }
#matrix thead th span { writing-mode: vertical-rl; transform: rotate(180deg); }
#matrix tbody th { position: sticky; left: 0; text-align: right; padding: 0 .5rem; }
#matrix td { width: var(--cell); min-width: var(--cell); height: var(--cell); text-align: center; font-size: .7rem;
  border: 1px solid var(--line); cursor: default; }
#matrix td.own { background: var(--own); color: var(--back); }
#matrix td.read, #matrix td.write, #matrix td.strange { background: var(--bad); color: var(--back); }
#matrix td.feed { background: var(--line); }
#matrix td.reach, #matrix td.unknown { background: var(--warn); color: var(--back); }
#matrix td:focus, summary:focus, input:focus, select:focus { outline: 3px solid Highlight; outline-offset: 1px; }
form { display: flex; gap: .8rem; flex-wrap: wrap; margin-bottom: .8rem; }
input, select { font: inherit; padding: .2rem .4rem; }
details { border-bottom: 1px solid var(--line); padding: .3rem 0; }
.severity { display: inline-block; min-width: 5rem; font-weight: 600; }
.critical, .high { color: var(--bad); } .medium { color: var(--warn); }
dl { margin: .3rem 0 .3rem 5.2rem; } dt { color: var(--soft); } dd { margin: 0 0 .3rem; overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>Who reaches whose data</h1>
<p id="summary"></p>
<p class="soft">Seen at <time id="at"></time>.</p>
<section id="unknown" hidden><h2>What could not be looked at</h2><ul></ul></section>
<h2>Who owns what</h2>
<div class="scroll"><table id="owners"><thead><tr><th scope="col">Service</th><th scope="col">Stores</th></tr></thead><tbody></tbody></table></div>
<h2>Services and stores</h2>
<p class="soft">O own, R read, W write, F a feed of events or reports, S a step on the way, ? not known. Arrow keys move between cells.</p>
<div class="scroll"><table id="matrix"><thead><tr><td></td></tr></thead><tbody></tbody></table></div>
<section id="feeds" hidden><h2>What feeds take and bring</h2>
<p class="soft">By roles that Freehold made for events and reports, and that no service has the password of.</p>
<div class="scroll"><table><thead><tr><th scope="col">Store</th><th scope="col">Role</th><th scope="col">Allowed as</th><th scope="col">Way</th></tr></thead><tbody></tbody></table></div></section>
<h2>Findings</h2>
<form role="search">
<label>Filter <input id="filter" type="search" autocomplete="off"></label>
<label>Severity <select id="severity"><option value="">all</option><option>critical</option><option>high</option><option>medium</option><option>low</option></select></label>
<output id="count" aria-live="polite"></output>
</form>
<div id="findings"></div>
<script type="application/json" id="data">)html";

constexpr const char* kTail = R"html(</script>
<script>
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const by = id => document.getElementById(id);
const make = (tag, text, className) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
};
by("summary").textContent = data.summary;
by("at").textContent = data.at;
by("unknown").hidden = data.unknown.length === 0;
for (const part of data.unknown) {
  by("unknown").querySelector("ul").append(make("li", `${part.store || "cluster"}: ${part.what}: ${part.why}`));
}
by("feeds").hidden = data.feeds.length === 0;
for (const feed of data.feeds) {
  const row = make("tr");
  for (const text of [feed.store, feed.principal, feed.allowedAs, feed.path]) row.append(make("td", text));
  row.title = feed.evidence;
  by("feeds").querySelector("tbody").append(row);
}
for (const [service, stores] of Object.entries(data.owners)) {
  const row = make("tr");
  const head = make("th", service);
  head.scope = "row";
  row.append(head, make("td", stores.join(", ")));
  by("owners").tBodies[0].append(row);
}
const letters = {own: "O", read: "R", write: "W", reach: "S", feed: "F", "?": "?"};
for (const store of data.matrix.stores) {
  const head = make("th");
  head.scope = "col";
  head.append(make("span", store));
  by("matrix").tHead.rows[0].append(head);
}
for (const [who, cells] of Object.entries(data.matrix.who)) {
  const row = make("tr");
  const head = make("th", who);
  head.scope = "row";
  row.append(head);
  for (const store of data.matrix.stores) {
    const word = cells[store];
    const owns = word === "own" && (data.owners[who] || []).includes(store);
    const cell = make("td", word ? letters[word] : "", !word ? "" : owns ? "own" : word === "own" ? "strange" : word === "?" ? "unknown" : word);
    cell.tabIndex = -1;
    cell.title = `${who} → ${store}: ${word || "nothing"}`;
    cell.setAttribute("aria-label", cell.title);
    row.append(cell);
  }
  by("matrix").tBodies[0].append(row);
}
const first = by("matrix").querySelector("tbody td");
if (first) first.tabIndex = 0;
by("matrix").addEventListener("keydown", event => {
  const cell = event.target.closest("td");
  const step = {ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0]}[event.key];
  if (!cell || !step) return;
  const rows = by("matrix").tBodies[0].rows;
  const next = rows[cell.parentNode.rowIndex - 1 + step[0]]?.cells[cell.cellIndex + step[1]];
  if (!next || next.tagName !== "TD") return;
  event.preventDefault();
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
const cards = data.findings.map(finding => {
  const card = make("details");
  const head = make("summary");
  head.append(make("span", finding.severity, "severity " + finding.severity), ` ${finding.store}: ${finding.principal}: ${finding.path}`);
  const list = make("dl");
  for (const [name, text] of [["Evidence", finding.evidence], ["Remedy", finding.remedy], ["Seen", finding.seenAt]]) {
    list.append(make("dt", name), make("dd", text));
  }
  card.append(head, list);
  by("findings").append(card);
  return {card, severity: finding.severity, text: JSON.stringify(finding).toLowerCase()};
});
const show = () => {
  const words = by("filter").value.toLowerCase().split(/\s+/).filter(word => word);
  const severity = by("severity").value;
  let shown = 0;
  for (const {card, severity: has, text} of cards) {
    card.hidden = (severity && severity !== has) || !words.every(word => text.includes(word));
    if (!card.hidden) ++shown;
  }
  by("count").textContent = `${shown} of ${cards.length}`;
};
by("filter").addEventListener("input", show);
by("severity").addEventListener("input", show);
document.querySelector("form").addEventListener("submit", event => event.preventDefault());
show();
</script>
</body>
</html>
)html";

/// JSON that can't end the script element it stands in.
std::string Embedded(const base::Json& json) {
  std::string text;
  for (const char c : json.dump()) text += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return text;
}

base::Json OwnersOf(const AccessModel& model) {
  base::Json owners = base::Json::object();
  for (const auto& edge : model.edges) {
    if (edge.rule != Rule::kOwner || edge.ground != Ground::kDatabase) continue;
    owners[edge.service].push_back(edge.store);
  }
  return owners;
}

}  // namespace

std::string HtmlPage(const AccessModel& model, base::Timestamp at) {
  auto data = ToJson(model);
  data["summary"] = Summary(model);
  data["at"] = base::FormatTime(at);
  data["owners"] = OwnersOf(model);
  data["matrix"] = ToJson(MatrixOf(model));
  return kHead + Embedded(data) + kTail;
}

}  // namespace freehold::isolation
