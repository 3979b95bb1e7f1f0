/* docs-swagger: Swagger UI, told what to show. */

document.documentElement.classList.toggle("dark-mode", matchMedia("(prefers-color-scheme: dark)").matches);

const ui = SwaggerUIBundle({
	url: "openapi.json",
	dom_id: "#swagger-ui",
	deepLinking: true,
	defaultModelsExpandDepth: 0,
	/* What most people come for is the first tag; the others wait folded up. */
	onComplete: () => {
		for (const tag of ui.specSelectors.tags().rest())
			ui.layoutActions.show(["operations-tag", tag.get("name")], false);
	},
});
