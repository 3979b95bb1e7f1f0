/*
 * signin: register, sign in, see who one is and until when, sign out.
 *
 * The token lives in one variable of this file and nowhere else, so that it is gone with the page.
 * Words are in index.html.
 */

const language = document.documentElement.lang;
const texts = document.getElementById("texts").content;
const plural = new Intl.PluralRules(language);

let session = null;	// { token, until, timer } while somebody is signed in

// -- Words -----------------------------------------------------------------------------------

/* The text of that name; with a count, its form for so many. null when there is none. */
function text(name, count) {
	const named = (form) => texts.querySelector(`[data-text="${name}${form}"]`)?.textContent ?? null;
	if (count === undefined)
		return named("");
	return (named(`-${plural.select(count)}`) ?? named("-other") ?? named("")).replace("{n}", count);
}

/* The time alone today, with the day otherwise. */
function timeText(moment) {
	const today = moment.toDateString() === new Date().toDateString();
	return moment.toLocaleString([], { timeStyle: "short", ...(today ? {} : { dateStyle: "long" }) });
}

// -- What is seen ----------------------------------------------------------------------------

const view = (name) => document.getElementById(name);
const field = (form, name) => form.elements.namedItem(name);
const noteOf = (input) => document.getElementById(input.getAttribute("aria-describedby"));

function show(name) {
	for (const section of document.querySelectorAll(".view"))
		section.hidden = section.id !== name;
	document.title = view(name).querySelector("h1").textContent;
}

/* Goes to another view: readers of the screen hear its heading, then what there is to say. */
function go(name, words = "") {
	show(name);
	view(name).querySelector("h1").focus();
	if (words !== "")
		setTimeout(() => say(view(name).querySelector("form"), words, false));
}

function say(form, words, isError = true) {
	const message = form.querySelector(".message");
	message.classList.toggle("error", isError);
	message.textContent = words;
}

function sayOfField(input, words) {
	const note = noteOf(input);
	note.dataset.hint ??= note.textContent;
	note.className = words === "" ? "note" : "note error";
	note.textContent = words || note.dataset.hint;
	input.setAttribute("aria-invalid", words !== "");
}

function clear(form) {
	say(form, "");
	for (const input of form.querySelectorAll("input"))
		sayOfField(input, "");
}

function focusFirstFault(form) {
	form.querySelector("[aria-invalid=true]")?.focus();
}

function reveal(button, isVisible) {
	const input = document.getElementById(button.getAttribute("aria-controls"));
	input.type = isVisible ? "text" : "password";
	button.textContent = text(isVisible ? "hide" : "show");
	button.setAttribute("aria-label", text(isVisible ? "hide-label" : "show-label"));
}

/* Characters as people count them nearly: an emoji is one, as the server has it. */
const missing = (input) => Math.max(0, input.minLength - [...input.value].length);

function countCharacters(input) {
	const note = noteOf(input);
	const left = missing(input);
	if (input.value === "")
		return;
	note.textContent = left > 0 ? text("missing", left) : text("enough");
	note.classList.toggle("good", left === 0);
}

// -- What is asked ---------------------------------------------------------------------------

const LOST = { ok: false, status: 0, body: {} };

async function ask(path, options) {
	const limits = { cache: "no-store", signal: AbortSignal.timeout(40000) };
	const answer = await fetch(path, { ...limits, ...options }).catch(() => null);
	return answer === null ? LOST : {
		ok: answer.ok,
		status: answer.status,
		retryAfter: Number(answer.headers.get("Retry-After")) || 10,
		body: await answer.json().catch(() => ({})),
	};
}

const register = (username, password) => ask("users/", {
	method: "POST",
	headers: { "Content-Type": "application/json" },
	body: JSON.stringify({ username, password }),
});

const signIn = (username, password) => ask("token", {
	method: "POST",
	body: new URLSearchParams({ grant_type: "password", username, password }),
});

const whoAmI = (token) => ask("users/me/", { headers: { Authorization: `Bearer ${token}` } });

// -- What went wrong -------------------------------------------------------------------------

/* One entry for each fault; those that are about no field of ours are said below the button. */
function explainFaults(form, faults) {
	for (const fault of faults) {
		const input = field(form, fault.loc[1] ?? "");
		const words = text(`${fault.type} ${fault.loc[1]}`) ?? fault.msg;
		if (input === null)
			say(form, words);
		else
			sayOfField(input, words);
	}
}

/* Both dialects: what counts is the error, not whether it comes as 400 or 401. */
function explain(form, answer) {
	const { status, body } = answer;
	if (body.error === "invalid_grant") {
		say(form, text("wrong"));
		field(form, "password").select();
	} else if (Array.isArray(body.detail)) {
		explainFaults(form, body.detail);
		focusFirstFault(form);
	} else if (status === 409) {
		sayOfField(field(form, "username"), text("taken"));
		focusFirstFault(form);
	} else if (status === LOST.status) {
		say(form, text("lost"));
	} else if (status === 429) {
		say(form, text("tries", answer.retryAfter));
	} else if ([502, 503, 504].includes(status)) {
		say(form, text("busy", answer.retryAfter));
	} else if ([401, 403].includes(status)) {
		say(form, text("closed"));
	} else {
		say(form, text("odd", status));
	}
}

// -- A session -------------------------------------------------------------------------------

function end(words) {
	clearTimeout(session.timer);
	session = null;
	for (const form of document.forms)
		form.reset();
	for (const id of ["me-username", "me-id", "me-until"])
		document.getElementById(id).textContent = "";
	go("signin", text(words));
}

/* A browser waits for 24 days at most. */
function endInTime() {
	const left = session.until - Date.now();
	if (left <= 0)
		end("over");
	else
		session.timer = setTimeout(endInTime, Math.min(left, 2 ** 30));
}

/* Somebody comes back to this page: the user may have been disabled meanwhile. */
async function askAgain() {
	if (session === null || document.hidden)
		return;
	const { status } = await whoAmI(session.token);
	if (status === 401 && session !== null)
		end("over");
}

async function begin(form, { access_token: token, expires_in: seconds }) {
	const until = new Date(Date.now() + seconds * 1000);
	const answer = await whoAmI(token);
	if (!answer.ok)
		return explain(form, answer);
	session = { token, until };
	document.getElementById("me-username").textContent = answer.body.username;
	document.getElementById("me-id").textContent = answer.body.id;
	document.getElementById("me-until").textContent = timeText(until);
	document.getElementById("me-until").dateTime = until.toISOString();
	for (const one of document.forms) {
		one.reset();
		clear(one);
	}
	history.replaceState(null, "", location.pathname + location.search);
	go("me");
	endInTime();
}

async function submitSignIn(form, username, password) {
	const answer = await signIn(username, password);
	if (answer.ok)
		await begin(form, answer.body);
	else
		explain(form, answer);
}

async function submitRegister(form, username, password) {
	const answer = await register(username, password);
	if (!answer.ok)
		return explain(form, answer);
	const signedIn = await signIn(username, password);
	if (signedIn.ok)
		return begin(form, signedIn.body);
	history.replaceState(null, "", "#signin");
	go("signin", text("created"));
}

// -- What people do --------------------------------------------------------------------------

function hasFaults(form) {
	for (const input of form.querySelectorAll("input")) {
		if (input.value.trim() === "")
			sayOfField(input, text(`missing ${input.name}`));
		else if (missing(input) > 0)
			sayOfField(input, text(`string_too_short ${input.name}`));
	}
	focusFirstFault(form);
	return form.querySelector("[aria-invalid=true]") !== null;
}

async function submit(event, send) {
	const form = event.target;
	const button = form.querySelector(".main");
	event.preventDefault();
	if (button.ariaDisabled === "true")
		return;
	reveal(form.querySelector(".password button"), false);
	clear(form);
	if (hasFaults(form))
		return;

	const label = button.textContent;
	button.ariaDisabled = "true";
	button.textContent = button.dataset.busy;
	try {
		await send(form, field(form, "username").value.trim(), field(form, "password").value);
	} finally {
		button.ariaDisabled = null;
		button.textContent = label;
	}
}

/* Which form is seen is in the address, so that "back" works and one can link to either. */
function formByAddress() {
	return location.hash === "#register" ? "register" : "signin";
}

function followAddress() {
	if (session !== null)
		return;
	const from = document.querySelector(".view:not([hidden]) form");
	const to = view(formByAddress()).querySelector("form");
	field(to, "username").value ||= field(from, "username").value;
	clear(to);
	go(formByAddress());
}

for (const button of document.querySelectorAll(".password button")) {
	reveal(button, false);
	button.addEventListener("click", () => reveal(button, button.previousElementSibling.type === "password"));
}
for (const input of document.querySelectorAll("input"))
	input.addEventListener("input", () => {
		sayOfField(input, "");
		if (input.minLength > 0)
			countCharacters(input);
	});
view("signin").addEventListener("submit", (event) => submit(event, submitSignIn));
view("register").addEventListener("submit", (event) => submit(event, submitRegister));
document.getElementById("signout").addEventListener("click", () => end("out"));
addEventListener("hashchange", followAddress);
document.addEventListener("visibilitychange", askAgain);
show(formByAddress());
