/* What all kinds of bar look like. */
export const sheet = new CSSStyleSheet();
sheet.replaceSync("%css%");
