// The agent's form: nothing typed is lost, values beside sliders, pairs added and removed, voices heard.
const form = document.getElementById('agent-form')

for (const output of form.querySelectorAll('output.agent-value')) {
  const slider = document.getElementById(output.htmlFor.value)
  const show = () => { output.textContent = `${Number(slider.value)} ${output.dataset.unit}`.trim() }
  slider.addEventListener('input', show)
  show()
}

// --- questions and answers ---------------------------------------------------------------------
const rows = document.getElementById('pair-rows')
const template = document.getElementById('pair-template')

function prepareRow (row) {
  const checkbox = row.querySelector('input[type=checkbox]')
  if (!checkbox) return
  checkbox.closest('label').hidden = true
  const button = row.querySelector('[data-remove-pair]')
  button.hidden = false
  row.hidden = checkbox.checked // removed before a save that failed
  button.addEventListener('click', () => {
    checkbox.checked = true
    row.hidden = true
  })
}

if (template) {
  const total = form.querySelector('[name=pairs-TOTAL_FORMS]')
  rows.querySelectorAll('[data-pair]').forEach(prepareRow)
  const add = document.getElementById('add-pair')
  add.hidden = false
  add.addEventListener('click', () => {
    const index = Number(total.value)
    const holder = document.createElement('div')
    holder.innerHTML = template.innerHTML.replaceAll('__prefix__', index)
    const row = holder.firstElementChild
    rows.append(row)
    total.value = index + 1
    prepareRow(row)
    row.querySelector('textarea').focus()
  })
}

// --- the line about a recording ----------------------------------------------------------------
const notice = form.elements.consent_line
const notices = JSON.parse(notice.dataset.notices)
form.elements.language.addEventListener('change', () => {
  notice.placeholder = notices[form.elements.language.value.split('-')[0]] ?? notices.en
})

// --- voices ------------------------------------------------------------------------------------
const voice = form.elements.voice
const accent = form.elements.accent
const every = [...voice.options]

function narrowVoices () {
  const wanted = accent.value
  for (const option of every) {
    const fits = !wanted || option.textContent.includes(`, ${wanted}`)
    option.hidden = option.disabled = !fits
  }
  if (voice.selectedOptions[0]?.disabled) voice.value = every.find((option) => !option.disabled)?.value ?? ''
}
accent.addEventListener('change', narrowVoices)
narrowVoices()

const hear = document.getElementById('hear-voice')
if (hear) {
  const status = document.getElementById('hear-voice-status')
  const audio = new Audio()
  hear.parentElement.hidden = false
  hear.addEventListener('click', async () => {
    hear.disabled = true
    status.textContent = 'One moment …'
    try {
      const body = new URLSearchParams({
        voice: voice.value,
        style: form.elements.style.value,
        speed: form.elements.speed.value,
        language: form.elements.language.value,
        text: form.elements.greeting.value
      })
      const response = await fetch(form.dataset.previewUrl, {
        method: 'POST',
        body,
        headers: { 'X-CSRFToken': form.elements.csrfmiddlewaretoken.value }
      })
      if (!response.ok) {
        const answer = await response.json().catch(() => ({}))
        throw new Error(answer.message ?? `The server answered ${response.status}.`)
      }
      URL.revokeObjectURL(audio.src)
      audio.src = URL.createObjectURL(await response.blob())
      await audio.play()
      status.textContent = ''
    } catch (error) {
      status.textContent = error.message
    } finally {
      hear.disabled = false
    }
  })
}

// --- nothing typed is lost ---------------------------------------------------------------------
const filled = () => new URLSearchParams(new FormData(form)).toString()
const saved = 'unsaved' in form.dataset ? '' : filled()
let isSaving = false
form.addEventListener('submit', () => { isSaving = true })
window.addEventListener('beforeunload', (event) => {
  if (!isSaving && filled() !== saved) event.preventDefault()
})
window.addEventListener('pageshow', () => { isSaving = false })
