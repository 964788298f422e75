// Comfort only: the page says everything without it. What lies behind a cell is shown when the mouse rests on it, too.
for (const details of document.querySelectorAll("td details, th details")) {
  details.firstElementChild.title = details.lastElementChild.innerText;
}
