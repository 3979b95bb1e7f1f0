/* docs: what openapi.json has, as a page, with a curl line for each thing that one does. */

const here = new URL(".", location.href).href.replace(/\/$/, "");
const api = await (await fetch("openapi.json")).json();
const METHODS = ["get", "head", "options", "post"];

function resolve(value) {
	if (value.$ref === undefined)
		return value;
	return value.$ref.slice(2).split("/").reduce((part, name) => part[name], api);
}

/* All operations in the order of the document. */
const operations = Object.entries(api.paths).flatMap(([path, item]) =>
	METHODS.filter((method) => method in item).map((method) => ({ method, path, ...item[method] })));

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curlBody([media, { example }]) {
	if (media === "application/json")
		return [`-H 'Content-Type: ${media}'`, `-d ${quote(JSON.stringify(example))}`];
	return Object.entries(example).map(([name, value]) => `--data-urlencode ${quote(`${name}=${value}`)}`);
}

function curl({ method, path, security = [], requestBody }) {
	const parts = [`curl ${here}${path}`];
	if (method !== "get" && requestBody === undefined)
		parts.push(`-X ${method.toUpperCase()}`);
	if (security.length > 0)
		parts.push('-H "Authorization: Bearer $TOKEN"');
	if (requestBody !== undefined)
		parts.push(...curlBody(Object.entries(requestBody.content)[0]));
	return parts.join(" \\\n    ");
}

const heading = ({ method, path }) => `${method.toUpperCase()} ${path}`;

/* What stands in backticks in the document is code. */
function write(element, text) {
	text.split("`").forEach((part, i) => {
		const piece = document.createElement(i % 2 === 1 ? "code" : "span");
		piece.textContent = part;
		element.append(piece);
	});
}

function copyOf(id, title) {
	const copy = document.getElementById(id).content.cloneNode(true);
	copy.querySelector("h2").textContent = title;
	return copy;
}

function answerRow([status, response]) {
	const row = document.createElement("div");
	const term = row.appendChild(document.createElement("dt"));
	term.textContent = status;
	write(row.appendChild(document.createElement("dd")), resolve(response).description);
	return row;
}

function full(operation) {
	const copy = copyOf("operation", heading(operation));
	write(copy.querySelector("p"), operation.description ?? operation.summary);
	copy.querySelector("pre").textContent = curl(operation);
	copy.querySelector("dl").append(...Object.entries(operation.responses).map(answerRow));
	return copy;
}

function brief({ name, description }) {
	const copy = copyOf("others", name);
	const items = operations.filter(({ tags }) => tags.includes(name)).map((operation) => {
		const item = document.createElement("li");
		write(item, `\`${heading(operation)}\` ${operation.summary}`);
		return item;
	});
	copy.querySelector("ul").append(...items);
	copy.querySelector("h2").after(description);
	return copy;
}

const [main, ...others] = api.tags;
document.getElementById("operations").replaceWith(
	...operations.filter(({ tags }) => tags.includes(main.name)).map(full),
	...others.map(brief));
