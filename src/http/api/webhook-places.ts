/** Where webhooks stand in the API: under their organization, or alone if they are shared. */
export const PLACES = {
  organization: {
    path: "/organizations/:slug/webhooks",
    loads: "webhook",
    group: "Webhooks",
    shown: "WebhookWithHealth",
    named: (id: string): string => id,
  },
  shared: {
    path: "/webhooks",
    loads: "shared-webhook",
    group: "Shared webhooks",
    shown: "SharedWebhookWithHealth",
    /** `getWebhook` is `getSharedWebhook`, and `listDeliveries` is `listSharedDeliveries`. */
    named: (id: string): string => id.replace(/(?=Webhook|Deliver)/, "Shared"),
  },
} as const;
export type Place = (typeof PLACES)[keyof typeof PLACES];
