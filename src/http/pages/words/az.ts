import type { Words } from "../words.ts";

/** Azerbaijani. */
export const az: Words = {
  tagline: "Təşkilatların xəbərləri lent şəklində",
  skip: "Məzmuna keç",
  times: (zone) => `Vaxtlar ${zone} saat qurşağına görədir.`,
  privacy: "Bu səhifələr kuki saxlamır.",
  comma: ", ",
  organizations: "Təşkilatlar",
  allOrganizations: "Bütün təşkilatlar",
  latest: "Son məqalələr",
  older: "Daha əvvəlki məqalələr",
  pages: "Səhifələr",
  empty: "Hələ heç nə dərc edilməyib. Lent bu dəyişəndə sizə xəbər verəcək.",
  allArticles: "Bütün məqalələr:",
  website: "Veb-sayt:",
  author: "Müəllif:",
  source: "Mənbə:",
  firstPublished: "İlk dərc yeri:",
  attachments: "Əlavələr",
  tags: "Etiketlər",
  undated: "Tarixsiz",
  bytes: ["bayt", "kB", "MB", "GB", "TB"],
  feedsOf: (name) => `Lentlər: ${name}`,
  feedOf: (name) => `Lent: ${name}`,
  websiteOf: (name) => `Veb-sayt: ${name}`,
  search: { label: "Bu məqalələrdə axtar", submit: "Axtar", nothing: "Heç nə tapılmadı." },
  subscribe: {
    title: "Necə abunə olmalı",
    whatIsAFeed:
      "Lent elə bir ünvandır ki, lent oxuyucusu onu sizin üçün yoxlayır: yenilikləri burada qeydiyyat və e-poçt olmadan göstərir.",
    copy: "Ünvanı kopyala",
    copied: "Kopyalandı",
    openIn: "Oxuyucuda aç",
    app: "Bu cihazdakı oxuyucu",
    code: "Lentin ünvanının QR kodu",
    onAPhone: "Lenti telefonda açmaq üçün kodu skan edin.",
    developers: "Proqramçılar üçün:",
    webhooks: "vebhuklar və API",
  },
  feed: {
    thisIs: "Bu, lentin ünvanıdır",
    whatToDo: "Onu lent oxuyan proqrama əlavə edin və hər yenilikdən xəbər tutun:",
  },
  messages: {
    "malformed-query": {
      title: "Yanlış parametrlər",
      detail: "Ünvanda istifadə edilə bilməyən parametrlər var. Bunları yoxlayın:",
    },
    "not-found": { title: "Tapılmadı", detail: "Bu ünvanda heç nə yoxdur." },
    gone: { title: "Geri götürülüb", detail: "Bu məqaləni dərc edən onu geri götürüb." },
    closed: { title: "Silinib", detail: "Bu təşkilat silinib. Onun lentləri və səhifələri artıq yoxdur." },
    "method-not-allowed": { title: "İcazə verilməyən üsul", detail: "Bu ünvan yalnız oxuna bilər." },
    "too-many-requests": {
      title: "Həddindən çox sorğu",
      detail: "Şəbəkənizdən həddindən çox sorğu gəlib. Bir dəqiqə gözləyin və yenidən cəhd edin.",
    },
    unavailable: {
      title: "Xidmət əlçatan deyil",
      detail: "Burada nəsə səhv oldu. Bir azdan yenidən cəhd edin.",
    },
  },
};
