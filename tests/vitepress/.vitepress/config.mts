// The settings of the real site (datagouv/ouverture.data.gouv.fr) that decide what a page becomes. Its Markdown options
// are VitePress' own, so none stands here: not even markdown.attrs.disable, as the page has to be safe without help.
import { defineConfig } from 'vitepress'

export default defineConfig({
  lang: 'fr-FR',
  title: 'ouverture.data.gouv.fr',
  cleanUrls: false,
})
