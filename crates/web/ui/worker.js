// Shows what waits while no page is open: the server has sealed it for this browser alone.

self.addEventListener("push", (event) => {
  const { pane, title, body } = event.data.json()
  const shown = { body, tag: pane, icon: "/ui/icon-192.png", data: pane }
  event.waitUntil(self.registration.showNotification(title, shown))
})

self.addEventListener("notificationclick", (event) => {
  event.notification.close()
  event.waitUntil(show(`/#/pane/${encodeURIComponent(event.notification.data)}`))
})

async function show(path) {
  const [page] = await self.clients.matchAll({ type: "window" })
  if (!page) return self.clients.openWindow(path)
  await page.focus()
  return page.navigate(path)
}
