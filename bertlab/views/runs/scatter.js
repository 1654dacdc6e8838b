// Points that move while the axes stay: each group has its colour and its shape.
//
//   const senses = scatter({ label: "Vectors of bass" });
//   senses.draw({ points: [{ x: 0.1, y: -2, group: 0, words: "a story" }], groups: ["river", "music"], bounds: [-3, 5, -6, 2] });
function scatter({ label, width = 330, height = 250 }) {
  const shapes = ["M-5,-5H5V5H-5Z", "M0,-6.5L6.5,5H-6.5Z", "M-5.5,0A5.5,5.5 0 0 1 5.5,0A5.5,5.5 0 0 1 -5.5,0Z"];
  const element = document.createElement("figure");
  element.className = "scatter";
  const svg = svgPart("svg", { role: "img", viewBox: `0 0 ${width} ${height}`, width, height });
  const [frame, marks, names] = [svgPart("g"), svgPart("g"), svgPart("g")];
  svg.append(frame, marks, names);
  element.append(svg);
  const [top, pad] = [26, 14];

  function draw({ points, groups, bounds: [minX, maxX, minY, maxY], words }) {
    // One scale for both axes, or a distance would not be a distance.
    const scale = Math.min((width - 2 * pad) / (maxX - minX), (height - top - 2 * pad) / (maxY - minY));
    const x = (value) => width / 2 + (value - (minX + maxX) / 2) * scale;
    const y = (value) => top + (height - top) / 2 - (value - (minY + maxY) / 2) * scale;
    frame.replaceChildren(svgPart("rect", { class: "field", x: 1, y: top, width: width - 2, height: height - top - 1 }));
    names.replaceChildren(
      ...groups.flatMap((name, group) => [
        svgPart("path", { class: `mark group-${group}`, d: shapes[group], transform: `translate(${10 + 110 * group},12)` }),
        svgPart("text", { x: 22 + 110 * group, y: 17 }, name),
      ]),
    );
    if (marks.childElementCount !== points.length) {
      marks.replaceChildren(...points.map(() => svgPart("path")));
    }
    points.forEach((point, i) => {
      const mark = marks.children[i];
      mark.setAttribute("class", `mark group-${point.group}`);
      mark.setAttribute("d", shapes[point.group]);
      mark.style.transform = `translate(${x(point.x).toFixed(1)}px,${y(point.y).toFixed(1)}px)`;
      mark.replaceChildren(svgPart("title", {}, `${groups[point.group]}: ${point.words}`));
    });
    svg.setAttribute("aria-label", `${label}: ${words}`);
  }

  return { element, draw };
}
