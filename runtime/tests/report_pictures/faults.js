// What is wrong with how a report looks: a list of sentences, empty where nothing is.
(() => {
  const faults = [];
  const say = (text) => faults.length < 40 && faults.push(text);
  const name = (element) => `${element.tagName} "${(element.textContent || "").trim().slice(0, 60)}"`;
  if (document.documentElement.scrollWidth > innerWidth)
    say(`the page is ${document.documentElement.scrollWidth} px wide in a window of ${innerWidth}`);
  const charts = document.querySelectorAll("figure .wide > svg");
  if (charts.length === 0) say("there is no chart");
  for (const chart of charts) {
    const size = chart.getBoundingClientRect();
    if (size.width < 200 || size.height < 60) say(`a chart of ${size.width} × ${size.height}`);
    if (!chart.querySelector("title")?.textContent.trim()) say("a chart without a title");
    const view = chart.viewBox.baseVal;
    const texts = [...chart.querySelectorAll("text")].map((text) => [text, text.getBBox()]);
    for (const [text, box] of texts) {
      if (box.x < -1 || box.y < -1 || box.x + box.width > view.width + 1 || box.y + box.height > view.height + 1)
        say(`${name(text)} leaves the chart "${chart.querySelector("title").textContent}"`);
    }
    texts.forEach(([one, a], place) => {
      for (const [two, b] of texts.slice(place + 1)) {
        const over = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
        const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
        if (over > 1 && down > 5) say(`${name(one)} lies on ${name(two)} in "${chart.querySelector("title").textContent}"`);
      }
    });
    if (chart.querySelectorAll("circle, polygon, polyline, rect, path").length === 0) say("a chart without marks");
  }
  for (const element of document.querySelectorAll("p, li, h1, h2, h3, caption, figcaption, td, th, summary, figure, nav")) {
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && getComputedStyle(element).display !== "inline")
      say(`${name(element)} overflows: ${element.scrollWidth} > ${element.clientWidth}`);
  }
  // Contrast as the Web Content Accessibility Guidelines define it.
  const parse = (text) => text.match(/[\d.]+/g).map(Number);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (text) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const luminance = ([r, g, b]) => [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const seen = new Set();
  for (const element of document.querySelectorAll("h1, h2, h3, p, li, a, td, th, caption, figcaption, strong, span, svg text")) {
    const style = getComputedStyle(element);
    const colour = element.closest("svg") ? style.fill : style.color;
    const [a, b] = [luminance(rgb(colour)), luminance(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const key = `${element.tagName} ${colour}`;
    if (contrast < 4.5 && !seen.has(key)) { seen.add(key); say(`${name(element)} has a contrast of ${contrast.toFixed(2)}`); }
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  if (new Set(ids).size !== ids.length) say("an id is given twice");
  for (const link of document.querySelectorAll("a[href^='#']"))
    if (!document.getElementById(link.getAttribute("href").slice(1))) say(`${link.href} leads nowhere`);
  return faults;
})()
