// Light, dark or as the system has it. Loaded in the head, so that no page flashes in the wrong one.
(() => {
  const system = window.matchMedia('(prefers-color-scheme: dark)')

  function chosen() {
    try {
      return localStorage.getItem('voicex-theme') || 'auto'
    } catch {
      return 'auto' // storage is off: the system decides
    }
  }

  function apply() {
    const theme = chosen()
    const dark = theme === 'dark' || (theme === 'auto' && system.matches)
    document.documentElement.setAttribute('data-bs-theme', dark ? 'dark' : 'light')
    for (const button of document.querySelectorAll('[data-theme-choice]')) {
      const isChosen = button.dataset.themeChoice === theme
      button.classList.toggle('active', isChosen)
      button.setAttribute('aria-pressed', String(isChosen))
    }
  }

  apply()
  system.addEventListener('change', apply)
  document.addEventListener('DOMContentLoaded', apply)
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-theme-choice]')
    if (!button) return
    try {
      localStorage.setItem('voicex-theme', button.dataset.themeChoice)
    } catch {
      return
    }
    apply()
  })
})()
