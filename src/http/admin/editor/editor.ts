import { baseKeymap, chainCommands, exitCode, setBlockType, toggleMark, wrapIn } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { inputRules, textblockTypeInputRule, wrappingInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import type { MarkType, NodeType } from "prosemirror-model";
import { liftListItem, sinkListItem, splitListItem, wrapInList } from "prosemirror-schema-list";
import { type Command, EditorState } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { htmlOf, opened, writtenHtml } from "./opening.ts";
import { schema } from "./schema.ts";

/** The editor's words, which the page gives in the language of the console. */
type Words = Record<
  | "bold"
  | "italic"
  | "paragraph"
  | "heading"
  | "subheading"
  | "list"
  | "numbered"
  | "quote"
  | "link"
  | "linkAddress"
  | "image"
  | "imageAddress"
  | "imageDescription"
  | "undo"
  | "redo"
  | "toolbar"
  | "unsuited",
  string
>;

const markOf = (name: string): MarkType => schema.marks[name] as MarkType;
const nodeOf = (name: string): NodeType => schema.nodes[name] as NodeType;

/** Asks for the address of a link, or takes the link away. */
const linked =
  (words: Words): Command =>
  (state, dispatch) => {
    const link = markOf("a");
    const { from, to, empty } = state.selection;
    if (state.doc.rangeHasMark(from, to, link)) return toggleMark(link)(state, dispatch);
    if (empty) return false;
    if (!dispatch) return true;
    const href = window.prompt(words.linkAddress, "https://");
    return href ? toggleMark(link, { href })(state, dispatch) : false;
  };

/** Asks for the address of a picture, and what it shows. */
const pictured =
  (words: Words): Command =>
  (state, dispatch) => {
    if (!dispatch) return true;
    const src = window.prompt(words.imageAddress, "https://");
    if (!src) return false;
    const alt = window.prompt(words.imageDescription, "") ?? "";
    dispatch(state.tr.replaceSelectionWith(nodeOf("img").create({ src, alt })));
    return true;
  };

/** The buttons, in their order: what is shown, what it is called, what it does, and whether it is on. */
const buttonsOf = (
  words: Words,
): { text: string; name: string; run: Command; isOn?: (state: EditorState) => boolean }[] => [
  { text: "B", name: words.bold, run: toggleMark(markOf("strong")), isOn: hasMark("strong") },
  { text: "I", name: words.italic, run: toggleMark(markOf("em")), isOn: hasMark("em") },
  { text: "¶", name: words.paragraph, run: setBlockType(nodeOf("p")), isOn: isBlock("p") },
  { text: "H2", name: words.heading, run: setBlockType(nodeOf("h2")), isOn: isBlock("h2") },
  { text: "H3", name: words.subheading, run: setBlockType(nodeOf("h3")), isOn: isBlock("h3") },
  { text: "•", name: words.list, run: wrapInList(nodeOf("ul")) },
  { text: "1.", name: words.numbered, run: wrapInList(nodeOf("ol")) },
  { text: "“", name: words.quote, run: wrapIn(nodeOf("blockquote")) },
  { text: "↗", name: words.link, run: linked(words), isOn: hasMark("a") },
  { text: "▣", name: words.image, run: pictured(words) },
  { text: "↶", name: words.undo, run: undo },
  { text: "↷", name: words.redo, run: redo },
];

const hasMark =
  (name: string) =>
  ({ selection, doc, storedMarks }: EditorState): boolean => {
    const mark = markOf(name);
    const { from, to, empty, $from } = selection;
    return empty ? Boolean(mark.isInSet(storedMarks ?? $from.marks())) : doc.rangeHasMark(from, to, mark);
  };

const isBlock =
  (name: string) =>
  ({ selection }: EditorState): boolean =>
    selection.$from.parent.type === nodeOf(name);

const hardBreak: Command = (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(nodeOf("br").create()).scrollIntoView());
  return true;
};

const KEYS = keymap({
  "Mod-b": toggleMark(markOf("strong")),
  "Mod-i": toggleMark(markOf("em")),
  "Mod-z": undo,
  "Mod-y": redo,
  "Shift-Mod-z": redo,
  "Shift-Enter": chainCommands(exitCode, hardBreak),
  Enter: splitListItem(nodeOf("li")),
  "Mod-]": sinkListItem(nodeOf("li")),
  "Mod-[": liftListItem(nodeOf("li")),
});

/** What typing makes: `## ` a heading, `- ` a list, `1. ` a numbered one, `> ` a quotation. */
const RULES = inputRules({
  rules: [
    textblockTypeInputRule(/^##\s$/, nodeOf("h2")),
    textblockTypeInputRule(/^###\s$/, nodeOf("h3")),
    wrappingInputRule(/^\s*[-*]\s$/, nodeOf("ul")),
    wrappingInputRule(/^1\.\s$/, nodeOf("ol")),
    wrappingInputRule(/^\s*>\s$/, nodeOf("blockquote")),
  ],
});

/** The toolbar. Its buttons keep the selection of the text. */
function toolbarOf(
  words: Words,
  view: () => EditorView,
): { element: HTMLElement; update: (state: EditorState) => void } {
  const element = document.createElement("div");
  element.className = "toolbar";
  element.setAttribute("role", "toolbar");
  element.setAttribute("aria-label", words.toolbar);
  const buttons = buttonsOf(words).map(({ text, name, run, isOn }) => {
    const button = document.createElement("button");
    button.type = "button";
    const sign = document.createElement("span");
    sign.textContent = text;
    sign.setAttribute("aria-hidden", "true");
    button.append(sign);
    button.title = name;
    // WCAG 2.5.3: who says what is written on a button presses it.
    button.setAttribute("aria-label", /\d/.test(text) ? `${text} ${name}` : name);
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      run(view().state, view().dispatch);
      view().focus();
    });
    element.append(button);
    return { button, run, isOn };
  });
  const update = (state: EditorState): void => {
    for (const { button, run, isOn } of buttons) {
      button.disabled = !run(state) && !isOn?.(state);
      if (isOn) button.setAttribute("aria-pressed", String(isOn(state)));
    }
  };
  return { element, update };
}

/** Puts the editor in the place of the field, which keeps what is written, as HTML. */
function begin(field: HTMLTextAreaElement, words: Words): void {
  const form = field.form;
  const choices = [...(form?.querySelectorAll<HTMLInputElement>("input[name=form]") ?? [])];
  const isHtml = choices.find(({ checked }) => checked)?.value === "html";
  const document_ = opened(isHtml ? field.value : htmlOf(field.value));
  if (!document_) {
    const note = document.createElement("p");
    note.className = "hint";
    note.textContent = words.unsuited;
    field.before(note);
    return;
  }
  const place = document.createElement("div");
  place.className = "editor content";
  let view: EditorView;
  const toolbar = toolbarOf(words, () => view);
  field.hidden = true;
  choices[0]?.closest("fieldset")?.setAttribute("hidden", "");
  document.getElementById("text-hint")?.setAttribute("hidden", "");
  field.before(toolbar.element, place);
  view = new EditorView(place, {
    state: EditorState.create({ doc: document_, plugins: [RULES, KEYS, keymap(baseKeymap), history()] }),
    attributes: {
      role: "textbox",
      "aria-multiline": "true",
      "aria-label": form?.querySelector(`label[for=${field.id}]`)?.textContent ?? "",
      dir: "auto",
    },
    dispatchTransaction(transaction) {
      const state = view.state.apply(transaction);
      view.updateState(state);
      toolbar.update(state);
      if (!transaction.docChanged) return;
      field.value = writtenHtml(state.doc);
      for (const choice of choices) choice.checked = choice.value === "html";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  toolbar.update(view.state);
  form?.querySelector(`label[for=${field.id}]`)?.addEventListener("click", () => view.focus());
}

const field = document.querySelector<HTMLTextAreaElement>("textarea[data-editor]");
if (field) begin(field, JSON.parse(field.dataset.editor ?? "{}") as Words);
