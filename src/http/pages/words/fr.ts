import type { Words } from "../words.ts";

/** French. */
export const fr: Words = {
  tagline: "L’actualité des organisations, en flux",
  skip: "Aller au contenu",
  times: (zone) => `Les heures sont celles du fuseau ${zone}.`,
  privacy: "Ces pages ne déposent aucun cookie.",
  comma: ", ",
  organizations: "Organisations",
  allOrganizations: "Toutes les organisations",
  latest: "Derniers articles",
  older: "Articles plus anciens",
  pages: "Pages",
  empty: "Rien n’est encore publié. Un flux vous préviendra quand cela changera.",
  allArticles: "Tous les articles de",
  website: "Site web :",
  author: "Par",
  source: "Source :",
  firstPublished: "D’abord publié sur",
  attachments: "Pièces jointes",
  tags: "Étiquettes",
  undated: "Sans date",
  bytes: ["octets", "ko", "Mo", "Go", "To"],
  feedsOf: (name) => `Flux de ${name}`,
  feedOf: (name) => `Flux : ${name}`,
  websiteOf: (name) => `Site web de ${name}`,
  search: { label: "Rechercher dans ces articles", submit: "Rechercher", nothing: "Aucun résultat." },
  subscribe: {
    title: "Comment s’abonner",
    whatIsAFeed:
      "Un flux est une adresse qu’un lecteur de flux consulte pour vous : il montre les nouveautés, sans compte ici et sans courriel.",
    copy: "Copier l’adresse",
    copied: "Copié",
    openIn: "Ouvrir dans un lecteur",
    app: "Un lecteur sur cet appareil",
    code: "Code QR de l’adresse du flux",
    onAPhone: "Scannez-le pour ouvrir le flux sur un téléphone.",
    developers: "Pour les développeurs :",
    webhooks: "webhooks et API",
  },
  feed: {
    thisIs: "Ceci est l’adresse d’un flux",
    whatToDo: "Ajoutez-la à un lecteur de flux, et il vous préviendra de toute nouveauté :",
  },
  messages: {
    "malformed-query": {
      title: "Paramètres non valides",
      detail: "L’adresse contient des paramètres inutilisables. Vérifiez ceux-ci :",
    },
    "not-found": { title: "Introuvable", detail: "Il n’y a rien à cette adresse." },
    gone: { title: "Retiré", detail: "Cet article a été retiré par son éditeur." },
    closed: {
      title: "Supprimée",
      detail: "Cette organisation a été supprimée. Ses flux et ses pages n’existent plus.",
    },
    "method-not-allowed": { title: "Méthode non autorisée", detail: "Cette adresse ne peut qu’être lue." },
    "too-many-requests": {
      title: "Trop de requêtes",
      detail: "Trop de requêtes viennent de votre réseau. Attendez une minute, puis réessayez.",
    },
    unavailable: {
      title: "Service indisponible",
      detail: "Un problème est survenu ici. Réessayez dans un instant.",
    },
  },
};
