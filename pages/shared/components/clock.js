// Counts down, or names the hour at which the study goes on. At the end the page is drawn again;
// before that, whoever has unsent answers is told by an event on the document.
const LONGEST_MS = 2 ** 31 - 1 // what a browser's timer can wait

const inWords = (ms, words) => {
  const seconds = Math.ceil(ms / 1000)
  if (seconds > 90) return words.minutes.replace("{count}", Math.ceil(seconds / 60))
  return seconds === 1 ? words.second : words.seconds.replace("{count}", seconds)
}

const atHour = (time, language) =>
  new Intl.DateTimeFormat(language === "en" ? undefined : language, { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }).format(time)

export default function ({ data, parentElement, setStateValue }) {
  const line = parentElement.querySelector(".clock")
  const drawn = Date.now()
  let told = false
  const tick = () => {
    const passed = Date.now() - drawn
    const rest = data.ms - passed
    if (data.mode === "opens") line.textContent = rest > 0 ? data.words.opens.replace("{time}", atHour(new Date(drawn + data.ms), data.language)) : ""
    else line.textContent = rest > 0 ? inWords(rest, data.words) : data.over
    if (rest <= 0 && !told) {
      told = true
      document.dispatchEvent(new CustomEvent("atelier-time-over"))
    }
  }
  tick()
  const ticking = setInterval(tick, 1000)
  const waking = data.wake === null ? null : setTimeout(() => setStateValue("over", Date.now()), Math.min(data.wake + 200, LONGEST_MS))
  return () => { clearInterval(ticking); clearTimeout(waking) }
}
