"""One document model, and its renderers: a page, Markdown, a terminal, CSV and JSON."""
