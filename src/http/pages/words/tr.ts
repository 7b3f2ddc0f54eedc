import type { Words } from "../words.ts";

/** Turkish. */
export const tr: Words = {
  tagline: "Kuruluşlardan haberler, akış olarak",
  skip: "İçeriğe geç",
  times: (zone) => `Saatler ${zone} saat dilimine göredir.`,
  privacy: "Bu sayfalar çerez kullanmaz.",
  comma: ", ",
  organizations: "Kuruluşlar",
  allOrganizations: "Tüm kuruluşlar",
  latest: "Son yazılar",
  older: "Daha eski yazılar",
  pages: "Sayfalar",
  empty: "Henüz hiçbir şey yayımlanmadı. Akış, bu değiştiğinde size haber verir.",
  allArticles: "Tüm yazılar:",
  website: "Web sitesi:",
  author: "Yazan:",
  source: "Kaynak:",
  firstPublished: "İlk yayımlandığı yer:",
  attachments: "Ekler",
  tags: "Etiketler",
  undated: "Tarihsiz",
  bytes: ["bayt", "kB", "MB", "GB", "TB"],
  feedsOf: (name) => `Akışlar: ${name}`,
  feedOf: (name) => `Akış: ${name}`,
  websiteOf: (name) => `Web sitesi: ${name}`,
  search: { label: "Bu yazılarda ara", submit: "Ara", nothing: "Hiçbir şey bulunamadı." },
  subscribe: {
    title: "Nasıl abone olunur",
    whatIsAFeed:
      "Akış, bir akış okuyucusunun sizin için baktığı bir adrestir: yenilikleri burada hesap açmadan ve e-posta olmadan gösterir.",
    copy: "Adresi kopyala",
    copied: "Kopyalandı",
    openIn: "Okuyucuda aç",
    app: "Bu cihazdaki okuyucu",
    code: "Akış adresinin QR kodu",
    onAPhone: "Akışı telefonda açmak için kodu tarayın.",
    developers: "Geliştiriciler için:",
    webhooks: "webhook’lar ve API",
  },
  feed: {
    thisIs: "Bu, bir akışın adresidir",
    whatToDo: "Onu bir akış okuyucusuna ekleyin; her yenilikten haberiniz olsun:",
  },
  messages: {
    "malformed-query": {
      title: "Geçersiz parametreler",
      detail: "Adreste kullanılamayan parametreler var. Şunları denetleyin:",
    },
    "not-found": { title: "Bulunamadı", detail: "Bu adreste bir şey yok." },
    gone: { title: "Geri çekildi", detail: "Bu yazı, yayımlayan tarafından geri çekildi." },
    closed: { title: "Silindi", detail: "Bu kuruluş silindi. Akışları ve sayfaları artık yok." },
    "method-not-allowed": { title: "İzin verilmeyen yöntem", detail: "Bu adres yalnızca okunabilir." },
    "too-many-requests": {
      title: "Çok fazla istek",
      detail: "Ağınızdan çok fazla istek geldi. Bir dakika bekleyip yeniden deneyin.",
    },
    unavailable: {
      title: "Hizmet kullanılamıyor",
      detail: "Burada bir şeyler ters gitti. Biraz sonra yeniden deneyin.",
    },
  },
};
