/** The page to which one-time links lead, until the person has a password: addresses are relative, so that PUBLIC_URL may have a path. */
export const passwordPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Set your password</title>
    <style>
      body { font: 16px/1.5 system-ui, sans-serif; max-width: 24rem; margin: 15vh auto 0; padding: 0 1rem; color: #1e293b }
      label, input, button { display: block; width: 100%; box-sizing: border-box }
      input, button { font: inherit; padding: .5rem; margin: .25rem 0 1rem; border: 1px solid #94a3b8; border-radius: .375rem }
      button { background: #4f46e5; border-color: #4f46e5; color: #fff; cursor: pointer }
    </style>
  </head>
  <body>
    <h1>Set your password</h1>
    <form>
      <label for="password">Password, at least 10 characters</label>
      <input id="password" type="password" minlength="10" maxlength="1024" autocomplete="new-password" required autofocus>
      <button>Set password</button>
    </form>
    <p role="status"></p>
    <script src="set-password.js"></script>
  </body>
</html>
`

/** The token leaves the address bar, and so the history, at once. */
export const passwordScript = `const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
history.replaceState(null, '', location.pathname)
const form = document.querySelector('form')
const status = document.querySelector('[role=status]')
const say = (text) => { status.textContent = text }
if (token === '') say('This link is not complete: open it as it was given to you.')

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const button = form.querySelector('button')
  button.disabled = true
  try {
    const response = await fetch('auth/password', {
      method: 'POST',
      credentials: 'omit',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token, password: form.password.value }),
    })
    if (response.ok) {
      form.remove()
      say('Your password is set. You can log in now.')
    } else say((await response.json()).detail)
  } catch {
    say('The server cannot be reached. Try again.')
  } finally {
    button.disabled = false
  }
})
`
