/**
 * The documentation's one script: it sends the requests that a form describes, and shows what comes back. The token
 * stays in its field. Answers are written as text, never as HTML. Without the script the page is plain documentation.
 */
export const SCRIPT = `
"use strict";
const token = document.getElementById("token");
token.closest(".token").hidden = false;

function requestOf(form) {
  const { method, path } = form.dataset;
  const query = new URLSearchParams();
  const headers = {};
  let address = path;
  for (const field of form.querySelectorAll("[data-in]")) {
    const { name, value, dataset } = field;
    if (dataset.in === "path") address = address.replace("{" + name + "}", encodeURIComponent(value));
    else if (value !== "" && dataset.in === "query") query.set(name, value);
    else if (value !== "") headers[name] = value;
  }
  if (query.size > 0) address += "?" + query;
  if (token.value.trim() !== "") headers.authorization = "Bearer " + token.value.trim();
  const body = form.elements.body;
  if (body && body.value !== "") headers["content-type"] = form.elements.type.value;
  return [address, { method, headers, body: body && body.value !== "" ? body.value : undefined }];
}

async function textOf(response, since) {
  const text = await response.text();
  const shown = ["content-type", "location", "etag", "retry-after", "idempotency-replayed"];
  const lines = shown.filter((name) => response.headers.has(name)).map((name) => name + ": " + response.headers.get(name));
  const json = /json/.test(response.headers.get("content-type") || "") && text !== "";
  const body = json ? JSON.stringify(JSON.parse(text), null, 2) : text;
  return [response.status + " " + response.statusText + " (" + Math.round(performance.now() - since) + " ms)", ...lines, "", body].join("\\n");
}

for (const form of document.querySelectorAll("form.try")) {
  form.hidden = false;
  const { type, body } = form.elements;
  if (type) type.addEventListener("change", () => { body.value = type.selectedOptions[0].dataset.example; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [address, init] = requestOf(form);
    if (init.method === "DELETE" && !confirm("DELETE " + address + "?")) return;
    const answer = form.querySelector(".answer");
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const since = performance.now();
      answer.textContent = await textOf(await fetch(address, init), since);
    } catch (error) {
      answer.textContent = "No answer: " + error.message;
    }
    button.disabled = false;
  });
}
`;
