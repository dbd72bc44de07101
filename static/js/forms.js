// Small habits of forms: a delete button that waits for the typed name, selects that submit, long lists that are
// searched, no double sending.
function compare(field) {
  const button = field.form.querySelector('[type=submit]')
  button.disabled = field.value.trim() !== field.dataset.mustEqual.trim()
}

document.querySelectorAll('[data-must-equal]').forEach(compare)

document.addEventListener('input', (event) => {
  if (event.target.matches('[data-must-equal]')) compare(event.target)
})

// Of a list, what has the words in it in any case and with or without accents.
function plain(text) {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

document.addEventListener('input', (event) => {
  if (!event.target.matches('[data-filters]')) return
  const wanted = plain(event.target.value.trim())
  for (const each of document.querySelector(event.target.dataset.filters).children) {
    each.hidden = !plain(each.textContent).includes(wanted)
  }
})

// Enter in it searches, and sends nothing.
document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && event.target.matches('[data-filters]')) event.preventDefault()
})

document.addEventListener('change', (event) => {
  if (event.target.matches('[data-submit-on-change]')) event.target.form.requestSubmit()
})

document.addEventListener('submit', (event) => {
  if (event.target.method !== 'post' || event.defaultPrevented) return
  const button = event.submitter
  // After this turn, or the button's own name would not be sent.
  if (button) setTimeout(() => { button.disabled = true })
})

// A page that comes back from the browser's memory has its buttons back too.
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return
  for (const button of document.querySelectorAll('[type=submit]:disabled')) button.disabled = false
})

// What is shown once answered a POST; after this a reload asks for the page instead of making another.
if (document.querySelector('[data-shown-once]')) history.replaceState(null, '', location.href)
