/** The pages beside the landing page, as addresses name them. */
export const pageNames = ['cross-entropy', 'playground', 'digits', 'language', 'speed'] as const;
