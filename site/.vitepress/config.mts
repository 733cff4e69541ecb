import { defineConfig } from 'vitepress'

export default defineConfig({
  lang: 'fr-FR',
  title: 'Données de forte valeur',
  description: "Les jeux de données de forte valeur de l'État et leur statut d'ouverture",
  base: process.env.BASE ?? '/', // BASE=/hvd/ for a site that does not stand at the root of its domain
  cleanUrls: false,
  themeConfig: {
    outline: { level: 2, label: 'Sur cette page' },
    docFooter: { prev: false, next: false },
    returnToTopLabel: 'Retour en haut',
    sidebarMenuLabel: 'Menu',
    skipToContentLabel: 'Aller au contenu',
    darkModeSwitchLabel: 'Apparence',
    darkModeSwitchTitle: 'Passer au thème sombre',
    lightModeSwitchTitle: 'Passer au thème clair',
    notFound: {
      title: 'Page introuvable',
      quote: "Cette page n'existe pas, ou n'existe plus.",
      linkLabel: "Retourner à l'accueil",
      linkText: "Retourner à l'accueil",
    },
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          options: {
            // « unites » finds « Unités ».
            processTerm: (term) => term.toLowerCase().normalize('NFD').replace(/\p{M}/gu, ''),
          },
        },
        translations: {
          button: { buttonText: 'Rechercher', buttonAriaLabel: 'Rechercher' },
          modal: {
            displayDetails: 'Afficher le détail',
            resetButtonTitle: 'Effacer la recherche',
            backButtonTitle: 'Fermer la recherche',
            noResultsText: 'Aucun résultat pour',
            footer: {
              selectText: 'ouvrir',
              selectKeyAriaLabel: 'Entrée',
              navigateText: 'parcourir',
              navigateUpKeyAriaLabel: 'Flèche vers le haut',
              navigateDownKeyAriaLabel: 'Flèche vers le bas',
              closeText: 'fermer',
              closeKeyAriaLabel: 'Échap',
            },
          },
        },
      },
    },
  },
})
