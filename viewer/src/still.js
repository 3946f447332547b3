// A picture of this moment, as the visitor sees it.

/** Draw `canvas` over the background of each cell and offer the PNG as a download. */
export function saveStill(canvas, place, cells, name) {
  const still = document.createElement('canvas');
  Object.assign(still, {width: canvas.width, height: canvas.height});
  const pen = still.getContext('2d');
  const ratio = canvas.width / place.clientWidth;
  const style = getComputedStyle(place);
  for (const {x, y, width, height} of cells) {
    const around = pen.createRadialGradient(
      (x + width / 2) * ratio, (y + height / 2) * ratio, 0,
      (x + width / 2) * ratio, (y + height / 2) * ratio, (Math.hypot(width, height) / 2) * ratio,
    );
    around.addColorStop(0, style.getPropertyValue('--sg-top').trim());
    around.addColorStop(1, style.getPropertyValue('--sg-bottom').trim());
    pen.fillStyle = around;
    pen.fillRect(x * ratio, y * ratio, width * ratio, height * ratio);
  }
  pen.drawImage(canvas, 0, 0);
  still.toBlob((blob) => {
    const link = Object.assign(document.createElement('a'), {href: URL.createObjectURL(blob), download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}
