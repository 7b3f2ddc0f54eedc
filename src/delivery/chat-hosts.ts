/**
 * Hosts of chat services, with every name below them. There an address is a webhook's own, and 404 says that it was
 * deleted; elsewhere it may be a passing fault.
 */
const CHAT_HOSTS: readonly string[] = [
  "hooks.slack.com",
  "hooks.slack-gov.com",
  "discord.com",
  "discordapp.com",
  "webhook.office.com",
  "outlook.office.com",
  "logic.azure.com",
  "api.powerplatform.com",
  "chat.googleapis.com",
];

/** Whether an address leads to a known chat service. */
export function isChatAddress(address: string): boolean {
  const host = URL.parse(address)?.hostname ?? "";
  return CHAT_HOSTS.some((known) => host === known || host.endsWith(`.${known}`));
}
