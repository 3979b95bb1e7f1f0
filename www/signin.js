/*
 * signin: register, sign in, see who one is and until when, stay signed in, sign out.
 *
 * The tokens live in one variable of this file and nowhere else, so that they are gone with the page.
 * Words are in index.html.
 */

const language = document.documentElement.lang;
const texts = document.getElementById("texts").content;
const plural = new Intl.PluralRules(language);

const BEAT = 15_000;		// no timer is longer: those of a machine that sleeps stand still
const TRY = 10_000;		// for one answer; asking twice for what was lost does no harm
const FIRST_WAIT = 1000;	// between two tries; each wait is twice as long as the one before
const PATIENCE = 60_000;	// with the network of a machine that has just woken up

let session = null;	// of somebody who is signed in: see begin()
let visits = 0;		// how often this page was left

// -- Words -----------------------------------------------------------------------------------

/* The text of that name; with a count, its form for so many. null when there is none. */
function text(name, count) {
	const named = (form) => texts.querySelector(`[data-text="${name}${form}"]`)?.textContent ?? null;
	if (count === undefined)
		return named("");
	return (named(`-${plural.select(count)}`) ?? named("-other") ?? named("")).replace("{n}", count);
}

/* The time alone today, with the day otherwise. */
function timeText(time) {
	const moment = new Date(time);
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
	const message = form.closest(".view").querySelector(".message");
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

async function whileBusy(button, act) {
	const label = button.textContent;
	button.ariaDisabled = "true";
	button.textContent = button.dataset.busy;
	try {
		return await act();
	} finally {
		button.ariaDisabled = null;
		button.textContent = label;
	}
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

/* Whoever has left meanwhile, and come back, is not signed in by a late answer. */
async function signIn(username, password) {
	const visit = visits;
	const answer = await ask("token", {
		method: "POST",
		body: new URLSearchParams({ grant_type: "password", username, password }),
	});
	if (visit === visits || !answer.ok)
		return answer;
	revokeUnheard({ token: answer.body.access_token, refresh: answer.body.refresh_token });
	return LOST;
}

const whoAmI = (token) => ask("users/me/", { headers: { Authorization: `Bearer ${token}` } });

const renewWith = (refresh) => ask("token", {
	method: "POST",
	body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refresh }),
	signal: AbortSignal.timeout(TRY),
});

/* Ends all that was given at this sign-in. */
const toRevoke = ({ token, refresh }) => new URLSearchParams({ token: refresh ?? token });

const revoke = (tokens) => ask("revoke", {
	method: "POST",
	body: toRevoke(tokens),
	signal: AbortSignal.timeout(TRY),
});

/* The same for somebody who waits for no answer: it is sent even if the page goes away. */
const revokeUnheard = (tokens) => navigator.sendBeacon("revoke", toRevoke(tokens));

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

/* Forgets who is signed in, and says when and why. */
function end(words, time = Date.now()) {
	clearTimeout(session.timer);
	session = null;
	for (const form of document.forms)
		form.reset();
	for (const id of ["me-username", "me-id", "me-until"])
		document.getElementById(id).textContent = "";
	say(view("me"), "");
	go("signin", text(words).replace("{time}", timeText(time)));
}

/* Takes what /token gave, at the sign-in or later; what it does not give anew stays. */
function keep({ access_token: token, expires_in: seconds, refresh_token: refresh = session.refresh }) {
	const now = Date.now();
	const until = now + 1000 * seconds;
	Object.assign(session, { token, refresh, until, tryAt: now + 750 * seconds, lastTryAt: until, wait: FIRST_WAIT });
}

function showUntil() {
	const time = document.getElementById("me-until");
	time.textContent = timeText(session.until);
	time.dateTime = new Date(session.until).toISOString();
	document.getElementById("me-renewed").hidden = session.refresh === null;
	say(view("me"), "");
}

/* Does what is due, or comes back when it is. */
function beat() {
	const now = Date.now();
	const { refresh, tryAt, until } = session;
	const dueAt = refresh === null ? until : tryAt;
	if (now < dueAt) {
		session.beatAt = Math.min(now + BEAT, dueAt);
		session.timer = setTimeout(beatAgain, session.beatAt - now);
	} else if (refresh === null) {
		end("over", until);
	} else {
		renew();
	}
}

function beatAgain() {
	clearTimeout(session.timer);
	noteSleep(session.beatAt);
	beat();
}

/* A machine that comes back so late has slept, and may have no network yet. */
function noteSleep(expectedAt) {
	const now = Date.now();
	if (now > expectedAt + PATIENCE)
		session.lastTryAt = Math.max(session.until, now + PATIENCE);
}

/* One at a time. Only the service's own words end anything: some networks answer in its place. */
async function renew() {
	const mine = session;
	const expectedAt = Date.now() + TRY;
	mine.isAsking = true;
	const answer = await renewWith(mine.refresh);
	if (session !== mine)
		return;
	mine.isAsking = false;
	noteSleep(expectedAt);
	if (answer.ok && answer.body.access_token) {
		keep(answer.body);
		showUntil();
	} else if (answer.body.error === "invalid_grant") {
		return end("ended");
	} else if ([400, 401].includes(answer.status) && answer.body.error) {
		mine.refresh = null;	// nothing is renewed here any more: what there is runs to its end
		showUntil();
	} else if (Date.now() >= mine.lastTryAt) {
		return end("unreachable", mine.until);
	} else {
		tryLater(answer);
	}
	beat();
}

/* No answer, or none that decides: the same token is good for another try. */
function tryLater({ retryAfter = 0 }) {
	const { wait, lastTryAt } = session;
	const next = Date.now() + Math.max(1000 * retryAfter, wait * (1 + Math.random()) / 2);
	session.tryAt = Math.min(next, lastTryAt);
	session.wait = Math.min(2 * wait, 2 * BEAT);
	document.getElementById("me-renewed").hidden = true;
	say(view("me"), text("trying").replace("{time}", timeText(lastTryAt)));
}

/* There is a network again, or somebody who looks: how are things now? */
async function lookAgain() {
	const mine = session;
	if (mine === null || mine.isAsking || document.hidden)
		return;
	if (mine.wait > FIRST_WAIT)
		mine.tryAt = 0;
	beatAgain();
	if (session !== mine || mine.isAsking)
		return;
	const { status } = await whoAmI(mine.token);
	if (status !== 401 || session !== mine || mine.isAsking)
		return;
	if (mine.refresh === null)
		return end("ended");
	clearTimeout(mine.timer);
	renew();
}

async function begin(form, tokens) {
	const mine = session = { refresh: null, isAsking: true };	// from now on, leaving ends it
	keep(tokens);
	const answer = await whoAmI(mine.token);
	if (session !== mine)
		return;
	if (!answer.ok) {
		revokeUnheard(mine);
		session = null;
		return explain(form, answer);
	}
	mine.isAsking = false;
	document.getElementById("me-username").textContent = answer.body.username;
	document.getElementById("me-id").textContent = answer.body.id;
	showUntil();
	for (const one of document.forms) {
		one.reset();
		clear(one);
	}
	history.replaceState(null, "", location.pathname + location.search);
	go("me");
	beat();
}

/* A service that has no /revoke has given nothing that lasts. */
async function signOut(button) {
	clearTimeout(session.timer);
	const mine = session = { ...session, isAsking: true };		// what is being renewed comes too late
	const answer = await whileBusy(button, () => revoke(mine));
	if (session === mine)
		end(answer.ok || (answer.status === 404 && mine.refresh === null) ? "out" : "untold");
}

/* Nothing stays in a page that "back" may bring up again as it was. */
function leave() {
	visits++;
	if (session === null)
		return;
	revokeUnheard(session);
	end("left");
}

async function submitSignIn(form, username, password) {
	const answer = await signIn(username, password);
	if (answer.ok)
		await begin(form, answer.body);
	else
		explain(form, answer);
}

async function submitRegister(form, username, password) {
	const visit = visits;
	const answer = await register(username, password);
	if (!answer.ok)
		return explain(form, answer);
	const signedIn = visit === visits ? await signIn(username, password) : LOST;
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

	await whileBusy(button, () =>
		send(form, field(form, "username").value.trim(), field(form, "password").value));
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
document.getElementById("signout").addEventListener("click", ({ target }) => {
	if (target.ariaDisabled !== "true")
		signOut(target);
});
addEventListener("hashchange", followAddress);
addEventListener("pagehide", leave);
addEventListener("online", lookAgain);
document.addEventListener("visibilitychange", lookAgain);
show(formByAddress());
field(view(formByAddress()).querySelector("form"), "username").focus();
