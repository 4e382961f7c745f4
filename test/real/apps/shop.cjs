// A shop's app in JavaScript, as most of them are written: CommonJS, no build.
const { App, CfnOutput, Stack } = require('aws-cdk-lib');
const { outputsOf, RefundService } = require('iamport-refunds-service');

const app = new App();
const stack = new Stack(app, 'Shop');
const refunds = new RefundService(stack, 'Refunds', { staffDesk: true });
for (const [name, value] of Object.entries(outputsOf(refunds))) new CfnOutput(stack, name, { value });
app.synth();
