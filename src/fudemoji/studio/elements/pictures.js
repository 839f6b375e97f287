// A row of small pictures, each a link; hundreds of them are one element of the page, and load as they come into view.
export default {
  template: `
    <ul class="pictures" :class="{ sharp }" :style="{ '--side': side + 'px' }">
      <li v-for="one in pictures" :key="one.src">
        <a :href="one.href" :class="{ other: one.mark }" :title="one.told" :aria-label="one.told">
          <img :src="one.src" alt="" loading="lazy" decoding="async">
          <span v-if="one.caption" lang="ja" aria-hidden="true">{{ one.caption }}</span>
        </a>
      </li>
    </ul>`,
  props: { pictures: Array, sharp: Boolean, side: Number },
};
