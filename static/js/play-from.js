// A turn's time plays the call's recording from there: <button data-play-from-ms="5200">.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-play-from-ms]");
  const player = document.querySelector("audio.call-player");
  if (!button || !player) return;
  player.currentTime = Number(button.dataset.playFromMs) / 1000;
  // Where a browser plays nothing of itself, the player stands at the right place.
  player.play().catch(() => {});
});
