/** The article that the documentation shows. */
export const EXAMPLE = {
  organizations: ["acme"],
  title: "A museum opens its archive",
  url: "https://acme.example/news/archive",
  summary: "Ten thousand photographs are free to use.",
  content_html: "<p>Ten thousand photographs are <em>free</em> to use.</p>",
  language: "en",
  authors: [{ name: "Aynur Mammadova" }],
  tags: ["heritage", "archives"],
  published_at: "2025-12-17T13:11:00+04:00",
};
