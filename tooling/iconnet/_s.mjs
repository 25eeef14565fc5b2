import {iconSets,readIconSet} from '/work/main/tooling/iconnet/src/icon-sets.mjs';
import {labelOf} from '/work/main/tooling/iconnet/src/labels.mjs';
import {render} from '/work/main/tooling/iconnet/src/render.mjs';
import sharp from 'sharp';
const want=process.argv[2];const items=[];let fail=0;
for(const s of iconSets)for(const i of await readIconSet(s)){if(i.hidden)continue;const l=labelOf(s.set,i.name);if(l?.label!==want)continue;try{items.push({n:s.set+':'+i.name,p:await render(i)})}catch(e){fail++;console.log(s.set,i.name,e.message.slice(0,80))}}
console.log(want,items.length,'fail',fail);
// drop same-size variants for viewing
const seen=new Set();const it=items.filter(x=>{const k=x.n.replace(/-(16|20|24|28|32|48|rounded|sharp|outline|outline-rounded|outline-sharp|thin|light|bold|duotone|twotone)\b/g,'').replace(/(ic:)(sharp|outline|round|twotone)-/,'$1baseline-').replace('material-symbols-light','material-symbols');if(seen.has(k))return false;seen.add(k);return true});
console.log(it.length);
const C=14,W=112,H=62,per=C*16;
for(let p=0;p*per<it.length;p++){const part=it.slice(p*per,(p+1)*per);const rows=Math.ceil(part.length/C);
 const comps=[];let text='';
 part.forEach((x,i)=>{const cx=(i%C)*W,cy=Math.floor(i/C)*H;comps.push({input:x.p,raw:{width:32,height:32,channels:1},left:cx+40,top:cy+2});const [s,n]=x.n.split(':');text+=`<text x="${cx+56}" y="${cy+45}" font-size="10" font-family="sans-serif" text-anchor="middle">${s}</text><text x="${cx+56}" y="${cy+56}" font-size="9" font-family="sans-serif" text-anchor="middle">${n.slice(0,24)}</text>`});
 await sharp({create:{width:C*W,height:rows*H,channels:3,background:'white'}}).composite([...comps,{input:Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${C*W}" height="${rows*H}">${text}</svg>`)}]).png().toFile(`/tmp/icons/sheet-${want}-${p}.png`);}
