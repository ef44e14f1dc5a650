// Makes the pages quicker and live. Every page and every form works without it.
(() => {
  'use strict';

  const byId = (id) => document.getElementById(id);
  const viewer = document.body.dataset.viewer || '';

  // Times: absolute in the page, relative on the screen.

  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const steps = [[3600, 'minute', 60], [86400, 'hour', 3600], [604800, 'day', 86400]];

  function tell(time) {
    const then = Date.parse(time.dateTime);
    if (Number.isNaN(then)) return;
    if (!time.title) time.title = time.textContent;
    const seconds = Math.round((then - Date.now()) / 1000);
    const step = steps.find(([below]) => Math.abs(seconds) < below);
    if (Math.abs(seconds) < 45) time.textContent = 'just now';
    else if (step) time.textContent = relative.format(Math.round(seconds / step[2]), step[1]);
    else time.textContent = new Date(then).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  }

  const tellAll = (root) => root.querySelectorAll('time[datetime]').forEach(tell);

  // New posts: counted, not pushed into what somebody is reading.

  const posts = byId('posts');
  const replies = byId('replies');
  const arrivals = byId('arrivals');
  const news = byId('news');

  const cardOf = (entry) => entry.querySelector('article.card');

  function count() {
    if (!news) return;
    const waiting = arrivals.children.length;
    if (waiting === 0) return news.replaceChildren();
    const words = waiting === 1 ? 'Show 1 new post' : `Show ${waiting} new posts`;
    const known = news.querySelector('button');
    if (known) {
      known.textContent = words;
      return;
    }
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = words;
    button.addEventListener('click', reveal);
    news.replaceChildren(button);
  }

  const published = (entry) => entry.querySelector('time')?.dateTime || '';

  function reveal() {
    const fresh = [...arrivals.children].sort((a, b) => (published(a) < published(b) ? -1 : 1));
    for (const entry of fresh) posts.prepend(entry);
    count();
    const newest = posts.querySelector('.by a, .by');
    if (newest) {
      if (!newest.matches('a')) newest.tabIndex = -1;
      newest.focus({ preventScroll: true });
    }
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    posts.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' });
  }

  // What belongs to a post's own author stands beside the card, which is the same for everybody.
  function strip(entry) {
    const card = cardOf(entry);
    if (!viewer || card?.dataset.author !== viewer || entry.querySelector('.strip')) return;
    const line = document.createElement('p');
    line.className = 'strip';
    for (const [words, rest] of [['Edit', '/edit'], ['Delete', '/remove']]) {
      const link = document.createElement('a');
      link.href = card.dataset.at + rest;
      link.textContent = words;
      line.append(link, ' ');
    }
    entry.append(line);
  }

  // A card that is in the page already is replaced where it stands; so arriving twice changes nothing.
  function settle(entry) {
    const card = cardOf(entry);
    if (!card || !entry.isConnected) return;
    const twins = document.querySelectorAll(`article[id="${CSS.escape(card.id)}"]`);
    const known = [...twins].find((twin) => twin !== card);
    if (known) {
      const place = known.closest('.entry');
      const line = entry.querySelector('.strip');
      known.replaceWith(card);
      if (line && place && !place.querySelector('.strip')) place.append(line);
      entry.remove();
      tellAll(card);
    } else {
      tellAll(entry);
      strip(entry);
      if (entry.parentElement === arrivals && viewer && card.dataset.author === viewer) posts.prepend(entry);
    }
    count();
  }

  // After a gap that nobody can tell piece by piece, the newest page is fetched and compared: what is known is
  // replaced, what is new is counted, what is missing was taken away meanwhile.
  async function refetch() {
    const list = posts || replies;
    if (!list || !window.htmx) return;
    const main = byId('main');
    const fetched = new Map();
    const collect = (event) => {
      for (const task of event.detail.tasks) {
        for (const entry of task.fragment.querySelectorAll('.entry')) fetched.set(cardOf(entry)?.id, published(entry));
      }
    };
    main.addEventListener('htmx-before-swap', collect);
    await htmx.ajax('GET', location.pathname + location.search, {
      source: main,
      target: posts ? '#arrivals' : '#replies',
      select: posts ? '#posts > li' : '#replies > li',
      swap: 'beforeend',
    });
    main.removeEventListener('htmx-before-swap', collect);
    const oldest = [...fetched.values()].sort()[0];
    for (const entry of list.children) {
      const card = cardOf(entry);
      if (!oldest || !card || fetched.has(card.id) || (posts && published(entry) < oldest)) continue;
      const line = document.createElement('p');
      line.textContent = 'This post was taken away.';
      card.classList.add('gone');
      card.replaceChildren(line);
    }
  }

  // The connection: a line says when it is lost and when it is back.

  const status = byId('status');
  let isLost = false;

  function say(words, className) {
    if (!status) return;
    const line = document.createElement('p');
    line.className = className;
    line.textContent = words;
    status.replaceChildren(line);
    if (className === 'good') setTimeout(() => line.remove(), 4000);
  }

  addEventListener('htmx-sse-error', () => {
    if (isLost) return;
    isLost = true;
    say('No connection. New posts will show when it is back.', 'warning');
  });
  addEventListener('htmx-sse-after-connection', () => {
    if (!isLost) return;
    isLost = false;
    say('Connected again.', 'good');
  });

  // Writing.

  const LONGEST = 65536;

  function measure(area) {
    const form = area.form;
    let line = form.querySelector('.count');
    const length = new TextEncoder().encode(area.value).length;
    if (length < 1000) return line?.remove();
    if (!line) {
      line = document.createElement('p');
      line.className = 'count';
      area.after(line);
    }
    line.textContent = `${length.toLocaleString('en')} of ${LONGEST.toLocaleString('en')} bytes`;
  }

  addEventListener('input', (event) => {
    if (event.target.matches?.('.composer textarea')) measure(event.target);
  });
  addEventListener('keydown', (event) => {
    const isSend = event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing;
    if (isSend && event.target.matches?.('.composer textarea')) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  // A form that did not get through keeps its text and says so.
  addEventListener('htmx-error', (event) => {
    const form = event.detail?.ctx?.sourceElement?.closest?.('form');
    const place = form?.querySelector('.wrong') || byId('notice');
    if (!place || !form) return;
    const line = document.createElement('p');
    line.className = 'problem';
    line.setAttribute('role', 'alert');
    line.textContent = 'This did not get through, and nothing is lost: try again in a moment.';
    place.replaceChildren(line);
  });
  addEventListener('htmx-before-request', (event) => {
    event.target.querySelector?.('.wrong')?.replaceChildren();
  });

  // Whatever comes into the page passes here once.
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.target.id === 'resync' && change.addedNodes.length) {
        change.target.replaceChildren();
        refetch();
      }
      for (const node of change.addedNodes) {
        if (node.nodeType !== 1) continue;
        if (node.matches('li.entry')) settle(node);
        else if (node.matches('article.card')) {
          tellAll(node);
          if (node.closest('#arrivals') && node.matches('.gone')) node.closest('.entry').remove();
          count();
        }
      }
    }
  }).observe(document.body, { childList: true, subtree: true });

  document.documentElement.classList.add('scripted');
  tellAll(document);
  setInterval(() => tellAll(document), 60000);
})();
