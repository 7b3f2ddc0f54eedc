import type { Words } from "../words.ts";

/** Arabic. */
export const ar: Words = {
  tagline: "أخبار المنظمات في خلاصات",
  skip: "انتقل إلى المحتوى",
  times: (zone) => `الأوقات بتوقيت ${zone}.`,
  privacy: "لا تحفظ هذه الصفحات ملفات تعريف الارتباط.",
  comma: "، ",
  organizations: "المنظمات",
  allOrganizations: "كل المنظمات",
  latest: "أحدث المقالات",
  older: "مقالات أقدم",
  pages: "الصفحات",
  empty: "لم يُنشر شيء بعد. ستخبرك الخلاصة حين يتغير ذلك.",
  allArticles: "كل مقالات",
  website: "الموقع:",
  author: "بقلم",
  source: "المصدر:",
  firstPublished: "نُشر أولًا في",
  attachments: "المرفقات",
  tags: "الوسوم",
  undated: "بلا تاريخ",
  bytes: ["بايت", "ك.ب", "م.ب", "غ.ب", "ت.ب"],
  feedsOf: (name) => `خلاصات ${name}`,
  feedOf: (name) => `خلاصة ${name}`,
  websiteOf: (name) => `موقع ${name}`,
  search: { label: "ابحث في هذه المقالات", submit: "بحث", nothing: "لم يُعثر على شيء." },
  subscribe: {
    title: "كيف تشترك",
    whatIsAFeed:
      "الخلاصة عنوان يتفقده قارئ الخلاصات نيابة عنك: يعرض لك الجديد دون حساب هنا ودون بريد إلكتروني.",
    copy: "انسخ العنوان",
    copied: "نُسخ",
    openIn: "افتح في قارئ",
    app: "قارئ على هذا الجهاز",
    code: "رمز QR لعنوان الخلاصة",
    onAPhone: "امسح الرمز لفتح الخلاصة على الهاتف.",
    developers: "للمطورين:",
    webhooks: "خطافات الويب وواجهة البرمجة",
  },
  feed: {
    thisIs: "هذا عنوان خلاصة",
    whatToDo: "أضفه إلى قارئ خلاصات ليخبرك بكل جديد:",
  },
  messages: {
    "malformed-query": {
      title: "معاملات غير صالحة",
      detail: "في العنوان معاملات لا يمكن استخدامها. تحقق من هذه:",
    },
    "not-found": { title: "غير موجود", detail: "لا يوجد شيء في هذا العنوان." },
    gone: { title: "سُحب", detail: "سحب الناشر هذا المقال." },
    closed: { title: "حُذفت", detail: "حُذفت هذه المؤسسة. لم تعد خلاصاتها وصفحاتها متاحة." },
    "method-not-allowed": { title: "طريقة غير مسموح بها", detail: "هذا العنوان للقراءة فقط." },
    "too-many-requests": {
      title: "طلبات كثيرة جدًا",
      detail: "جاءت من شبكتك طلبات كثيرة جدًا. انتظر دقيقة ثم أعد المحاولة.",
    },
    unavailable: {
      title: "الخدمة غير متاحة",
      detail: "حدث خطأ هنا. أعد المحاولة بعد قليل.",
    },
  },
};
