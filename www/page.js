/*
 * page: what scripts add to the pages, which all work without them: a button that shows the
 * password, one that says that it is busy, the focus where it belongs, and times of the day in the
 * zone of the browser.
 */

const BUSY_MS = 10000;

function reveal(button, input, isVisible) {
	input.type = isVisible ? "text" : "password";
	button.textContent = isVisible ? button.dataset.hide : button.dataset.show;
	button.setAttribute("aria-label", isVisible ? button.dataset.hideLabel : button.dataset.showLabel);
}

for (const button of document.querySelectorAll(".password button")) {
	const input = document.getElementById(button.getAttribute("aria-controls"));
	reveal(button, input, false);
	button.hidden = false;
	button.addEventListener("click", () => reveal(button, input, input.type === "password"));
	input.form.addEventListener("submit", () => reveal(button, input, false));
}

/*
 * A second click sends nothing; who comes back finds the button as it was, and so does who stays: a
 * download, or a press of Esc, leaves the page where it is, and no event tells.
 */
for (const button of document.querySelectorAll("button[data-busy]")) {
	const label = button.textContent;
	const rest = () => {
		button.ariaDisabled = null;
		button.textContent = label;
	};
	button.form.addEventListener("submit", (event) => {
		if (button.ariaDisabled === "true") {
			event.preventDefault();
			return;
		}
		button.ariaDisabled = "true";
		button.textContent = button.dataset.busy;
		setTimeout(rest, BUSY_MS);
	});
	addEventListener("pageshow", rest);
}

/* A link in the summary leads into its field. */
for (const link of document.querySelectorAll(".summary a"))
	link.addEventListener("click", (event) => {
		event.preventDefault();
		document.querySelector(link.hash).focus();
	});

/* The page itself has them in UTC. */
for (const time of document.querySelectorAll("time"))
	time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang,
	    { dateStyle: "long", timeStyle: "short" });
