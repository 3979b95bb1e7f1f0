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

/* What begins with $ is of the reader's shell. */
const quote = (text) => text.includes("$") ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`;

/* The bodies that an operation takes: its example, and what each further shape of it must have. */
function bodies({ requestBody }) {
	if (requestBody === undefined)
		return [undefined];
	const [media, { schema, example }] = Object.entries(requestBody.content)[0];
	const further = (resolve(schema).anyOf ?? []).slice(1).map(resolve).map(({ required, properties }) =>
		Object.fromEntries(required.map((name) => [name, properties[name].const ?? `$${name.toUpperCase()}`])));
	return [example, ...further].map((values) => ({ media, values }));
}

function curlBody({ media, values }) {
	if (media === "application/json")
		return [`-H 'Content-Type: ${media}'`, `-d ${quote(JSON.stringify(values))}`];
	return Object.entries(values).map(([name, value]) =>
		`--data-urlencode ${quote(`${name}=${value.startsWith("bwr_") ? "$REFRESH_TOKEN" : value}`)}`);
}

function curl({ method, path, security = [] }, body) {
	const parts = [`curl ${here}${path}`];
	if (method !== "get" && body === undefined)
		parts.push(`-X ${method.toUpperCase()}`);
	if (security.length > 0)
		parts.push('-H "Authorization: Bearer $TOKEN"');
	if (body !== undefined)
		parts.push(...curlBody(body));
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
	const pre = copy.querySelector("pre");
	pre.replaceWith(...bodies(operation).map((body) => {
		const one = pre.cloneNode();
		one.textContent = curl(operation, body);
		return one;
	}));
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
