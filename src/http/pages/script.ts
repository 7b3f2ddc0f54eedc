/**
 * The only script of the public pages: it copies an address. Its buttons are shown only where it runs, since without it they
 * do nothing. It stands once in a page, after the buttons.
 */
export const COPY_SCRIPT = `
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
    button.setAttribute("aria-live", "polite");
  });
}
`;
