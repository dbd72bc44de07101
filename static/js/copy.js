// Buttons that copy: <button data-copy="#id-of-an-element"> takes its value or text.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]')
  if (!button) return
  const source = document.querySelector(button.dataset.copy)
  const text = source.value ?? source.textContent.trim()
  const copied = await write(text, source)
  const label = button.querySelector('[data-copy-label]') ?? button
  const before = button.dataset.copyBefore ?? label.textContent
  button.dataset.copyBefore = before
  label.textContent = copied ? 'Copied' : 'Press Ctrl+C'
  setTimeout(() => {
    label.textContent = before
  }, 2000)
})

async function write(text, source) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch {
      // Not allowed: fall through to the selection, which needs no permission.
    }
  }
  // Without a secure context there is no clipboard object.
  if (source.select) {
    source.select()
  } else {
    window.getSelection().selectAllChildren(source)
  }
  return document.execCommand('copy')
}
