/** Who asks for what, what would become of a request, and what is configured. */

export function RatesSection() {
  return (
    <section id="rates" class="pair" aria-label="Rates of the last five minutes" tabindex={-1}>
      <RateTable id="services" title="By service" first="Service" />
      <RateTable id="agents" title="By agent" first="Agent" />
    </section>
  );
}

function RateTable({ id, title, first }: { id: string; title: string; first: string }) {
  return (
    <section class="card" aria-labelledby={`${id}-title`}>
      <div class="heading">
        <h2 id={`${id}-title`}>{title}</h2>
        <p class="quiet">last five minutes</p>
      </div>
      <table class="rates">
        <caption class="unseen">{title}, in the last five minutes</caption>
        <thead>
          <tr>
            <th scope="col">{first}</th>
            <th scope="col" class="number">per min</th>
            <th scope="col" class="number">refused</th>
            <th scope="col" class="number">failed</th>
            <th scope="col" class="number">p95</th>
          </tr>
        </thead>
        <tbody id={id} />
      </table>
    </section>
  );
}

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

export function ExplainSection() {
  return (
    <section id="explain" class="card" aria-labelledby="explain-title" tabindex={-1}>
      <h2 id="explain-title">Explain</h2>
      <p class="quiet">What would become of a request; it is not made.</p>
      <form id="explain-form" class="explain">
        <span>
          <label for="explain-method">Method</label>
          <select id="explain-method">
            {methods.map((method) => <option key={method}>{method}</option>)}
          </select>
        </span>
        <span class="wide">
          <label for="explain-url">URL</label>
          <input
            id="explain-url"
            type="text"
            inputmode="url"
            placeholder="https://api.github.com/user"
            autocomplete="off"
            spellcheck={false}
            required
          />
        </span>
        <span>
          <label for="explain-agent">Agent</label>
          <input
            id="explain-agent"
            type="text"
            placeholder="anyone"
            autocomplete="off"
            spellcheck={false}
          />
        </span>
        <button type="submit" class="primary">Explain</button>
      </form>
      <div id="explanation" role="status" />
    </section>
  );
}

export function RulesSection() {
  return (
    <section id="rules" class="card" aria-labelledby="rules-title" tabindex={-1}>
      <div class="heading">
        <h2 id="rules-title">Rules and credentials</h2>
        <div class="tools">
          <p id="loaded" class="quiet" />
          <button type="button" id="reload">Reload configuration</button>
        </div>
      </div>
      <p id="reload-outcome" role="status" />
      <p id="ca" class="ca" />
      <table class="rules stacked">
        <caption class="unseen">Rules, with the state and the end of their credentials</caption>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">State</th>
            <th scope="col">Hosts</th>
            <th scope="col">Adds</th>
            <th scope="col">From</th>
            <th scope="col">Expires</th>
          </tr>
        </thead>
        <tbody id="rule-rows" />
      </table>
      <details id="inactive" hidden>
        <summary id="inactive-summary" />
        <ul id="inactive-rules" class="inactive" />
      </details>
    </section>
  );
}
