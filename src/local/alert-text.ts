import { writable } from "../model/text.ts";
import type { Receipt } from "./receiver.ts";

/**
 * Formats a receipt for the terminal.
 * @param again whether this `webhook-id` was received before: receivers must detect duplicates by the id
 * @param time the time of day of the receipt
 */
export function alertText(receipt: Receipt, again: boolean, time: string): string {
  const indent = " ".repeat(time.length + 2);
  if (!receipt.verified) {
    return `${time}  REFUSED at ${receipt.path}: ${receipt.reason}\n${indent}webhook-id ${receipt.id || "missing"}`;
  }
  const { type, data } = receipt.alert;
  const lines = [
    `${type} · ${data.organization.name}`,
    ...(type.startsWith("article.") ? [data.article.title, data.article.url ?? data.article.page_url] : []),
    `signature verified · webhook-id ${receipt.id}${again ? " · again" : ""}`,
  ];
  // Titles are untrusted: no control characters may reach the terminal.
  return `${time}  ${lines.map((line) => writable(line).replace(/\s+/g, " ")).join(`\n${indent}`)}`;
}
