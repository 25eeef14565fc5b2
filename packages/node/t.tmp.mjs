import '@tensorflow/tfjs-backend-cpu';
import * as g from './dist/index.js';
import {readFileSync,readdirSync} from 'fs';
const dir='/work/shared/data/vehicles/car/';
const files=readdirSync(dir).map(f=>dir+f);
for (let k=0;k<3;k++){let t=performance.now(),c=process.cpuUsage();
for(const f of files) await g.decodeImage(f);
console.log('seq', (performance.now()-t)/files.length, process.cpuUsage(c).user/1000/files.length);
t=performance.now();c=process.cpuUsage();await Promise.all(files.map(f=>g.decodeImage(f)));console.log('par', (performance.now()-t)/files.length, process.cpuUsage(c).user/1000/files.length);}
const a = await g.modelDirectory('models/squeezenet').load();
console.log(await g.writeRun('/tmp/g-run/x/y',{}, async({path})=>{await g.modelDirectory(path).save(a);return 5}));
const c=await g.modelDirectory('/tmp/g-run/x/y').load(); console.log(c.weightData.byteLength);
try { await g.writeRun('/tmp/g-run/x/y',{}, async()=>{}) } catch(e){console.log(JSON.stringify(e))}
try { await g.writeRun('/tmp/g-run/x/y',{overwrite:true}, async()=>{}) } catch(e){console.log(JSON.stringify(e))}
try { await g.readData('/work/shared/data/vehicles.manifest.csv',{inputShape:[4],inputSpec:null}) } catch(e){console.log(JSON.stringify(e))}
try { await g.findModel('squeezenett') } catch(e){console.log(JSON.stringify(e))}
