/*
 * page: what scripts add to the pages of /signin, which all work without them: a button that shows
 * the password, one that says that it is busy, and the focus where it belongs.
 */

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

/* A second click sends nothing; who comes back finds the button as it was. */
for (const button of document.querySelectorAll("button[data-busy]")) {
	const label = button.textContent;
	button.form.addEventListener("submit", (event) => {
		if (button.ariaDisabled === "true")
			event.preventDefault();
		button.ariaDisabled = "true";
		button.textContent = button.dataset.busy;
	});
	addEventListener("pageshow", () => {
		button.ariaDisabled = null;
		button.textContent = label;
	});
}

/* A link in the summary leads into its field. */
for (const link of document.querySelectorAll(".summary a"))
	link.addEventListener("click", (event) => {
		event.preventDefault();
		document.querySelector(link.hash).focus();
	});
